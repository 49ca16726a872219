package dev.headgate.connect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.headgate.connect.Column.NotOfType;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;

/**
 * A Flink type as Connect holds it, and how it is read of what Flink's {@code json} format writes.
 *
 * <p>Connect's own times hold milliseconds and no zone. Finer ones, and instants, are those of Debezium
 * ({@code io.debezium.time}), which its JDBC sink writes as what they are.
 */
record ColumnType(String text, SchemaBuilder schema, Function<JsonNode, Object> reader) {
    private static final String MICROS = "io.debezium.time.MicroTimestamp";
    private static final String NANOS = "io.debezium.time.NanoTimestamp";
    private static final String INSTANT = "io.debezium.time.ZonedTimestamp";

    static ColumnType of(String column, String name, Integer first, Integer second) {
        return switch (name) {
            case "TINYINT" -> new ColumnType(name, SchemaBuilder.int8(), n -> (byte) whole(n, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case "SMALLINT" -> new ColumnType(name, SchemaBuilder.int16(), n -> (short) whole(n, Short.MIN_VALUE, Short.MAX_VALUE));
            case "INT", "INTEGER" -> new ColumnType(name, SchemaBuilder.int32(), n -> (int) whole(n, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case "BIGINT" -> new ColumnType(name, SchemaBuilder.int64(), n -> whole(n, Long.MIN_VALUE, Long.MAX_VALUE));
            case "FLOAT" -> new ColumnType(name, SchemaBuilder.float32(), ColumnType::single);
            case "DOUBLE" -> new ColumnType(name, SchemaBuilder.float64(), ColumnType::real);
            case "BOOLEAN" -> new ColumnType(name, SchemaBuilder.bool(), ColumnType::truth);
            case "DECIMAL" -> decimal(column, or(first, 10), or(second, 0));
            case "STRING" -> characters(name, Integer.MAX_VALUE);
            case "CHAR", "VARCHAR" -> characters(name + "(" + or(first, 1) + ")", or(first, 1));
            case "BYTES" -> bytes(name, Integer.MAX_VALUE);
            case "BINARY", "VARBINARY" -> bytes(name + "(" + or(first, 1) + ")", or(first, 1));
            case "DATE" -> new ColumnType(name, Date.builder(), n -> Times.date(written(n)));
            case "TIME" -> new ColumnType(name, Time.builder(), n -> Times.time(written(n)));
            case "TIMESTAMP" -> timestamp(within(column, name, or(first, 6), 0, 9));
            case "TIMESTAMP_LTZ" -> instant(within(column, name, or(first, 6), 0, 9));
            default -> throw new ConfigException("column `" + column + "`: " + refusal(name));
        };
    }

    /** Why a type cannot be had. */
    static String refusal(String type) {
        boolean nested = type.matches("(ROW|ARRAY|MAP|MULTISET|VARIANT)\\b.*");
        return "`" + type + "` " + (nested
                ? "is nested, which no column of a table is; `STRING` has it as JSON text"
                : "is none of the Flink types that are known here");
    }

    Object read(JsonNode node) {
        return reader.apply(node);
    }

    private static ColumnType decimal(String column, int precision, int scale) {
        within(column, "DECIMAL", precision, 1, 38);
        within(column, "DECIMAL", scale, 0, precision);
        return new ColumnType("DECIMAL(" + precision + ", " + scale + ")", Decimal.builder(scale)
                .parameter("connect.decimal.precision", Integer.toString(precision)), node -> {
            BigDecimal exact = number(node).stripTrailingZeros();
            if (exact.scale() > scale) {
                throw new NotOfType("it has more than " + scale + " digits after the point");
            }
            // As longs: an exponent of a record may be as large as an int.
            if ((long) exact.precision() - exact.scale() > precision - scale) {
                throw new NotOfType("it has more than " + (precision - scale) + " digits before the point");
            }
            return exact.setScale(scale);
        });
    }

    private static ColumnType characters(String text, int length) {
        return new ColumnType(text, SchemaBuilder.string(), node -> {
            if (node.isContainerNode()) {
                return node.toString(); // a nested value is text of JSON in a table
            }
            String value = written(node);
            if (value.codePointCount(0, value.length()) > length) {
                throw new NotOfType("it is longer");
            }
            return value;
        });
    }

    private static ColumnType bytes(String text, int length) {
        return new ColumnType(text, SchemaBuilder.bytes(), node -> {
            byte[] value;
            try {
                value = Base64.getDecoder().decode(written(node));
            } catch (IllegalArgumentException error) {
                throw new NotOfType("it is not base64");
            }
            if (value.length > length) {
                throw new NotOfType("it is longer");
            }
            return value;
        });
    }

    private static ColumnType timestamp(int precision) {
        String text = "TIMESTAMP(" + precision + ")";
        if (precision <= 3) {
            return new ColumnType(text, Timestamp.builder(), n -> new java.util.Date(
                    Times.sinceEpoch(Times.timestamp(written(n), precision), 1_000)));
        }
        boolean nanos = precision > 6;
        SchemaBuilder schema = SchemaBuilder.int64().name(nanos ? NANOS : MICROS).version(1);
        return new ColumnType(text, schema,
                n -> Times.sinceEpoch(Times.timestamp(written(n), precision), nanos ? 1_000_000_000 : 1_000_000));
    }

    private static ColumnType instant(int precision) {
        return new ColumnType("TIMESTAMP_LTZ(" + precision + ")", SchemaBuilder.string().name(INSTANT).version(1),
                n -> Times.instant(written(n), precision));
    }

    private static long whole(JsonNode node, long lowest, long highest) {
        if (!node.isIntegralNumber()) {
            throw new NotOfType("it is " + Column.kind(node));
        }
        if (!node.canConvertToLong() || node.longValue() < lowest || node.longValue() > highest) {
            throw new NotOfType("out of its range");
        }
        return node.longValue();
    }

    private static Object real(JsonNode node) {
        if (node.isTextual()) {
            // JSON has no such numbers, so Flink writes them as texts.
            return switch (node.textValue()) {
                case "NaN", "Infinity", "-Infinity" -> Double.valueOf(node.textValue());
                default -> throw new NotOfType("it is a text");
            };
        }
        double value = number(node).doubleValue();
        if (Double.isInfinite(value)) {
            throw new NotOfType("out of its range");
        }
        return value;
    }

    private static Object single(JsonNode node) {
        double value = (Double) real(node);
        if (Float.isInfinite((float) value) && !Double.isInfinite(value)) {
            throw new NotOfType("out of its range");
        }
        return (float) value;
    }

    private static Object truth(JsonNode node) {
        if (!node.isBoolean()) {
            throw new NotOfType("it is " + Column.kind(node));
        }
        return node.booleanValue();
    }

    private static BigDecimal number(JsonNode node) {
        if (!node.isNumber()) {
            throw new NotOfType("it is " + Column.kind(node));
        }
        return node.decimalValue();
    }

    private static String written(JsonNode node) {
        if (!node.isTextual()) {
            throw new NotOfType("it is " + Column.kind(node));
        }
        return node.textValue();
    }

    /** What a type says of itself, as Flink bounds it. */
    private static int within(String column, String name, int said, int least, int most) {
        if (said < least || said > most) {
            throw new ConfigException("column `" + column + "`: `" + name + "` takes " + least + " to " + most + ", not " + said);
        }
        return said;
    }

    private static int or(Integer said, int usual) {
        return said == null ? usual : said;
    }
}
