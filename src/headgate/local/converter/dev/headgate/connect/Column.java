package dev.headgate.connect;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.DataException;

/** A column of the contract: its name, its type, and whether it may be null. */
record Column(String name, ColumnType type, boolean nullable, Schema schema) {
    private static final Pattern TYPE = Pattern.compile("([A-Z_]+)(?:\\((\\d+)(?:,\\s*(\\d+))?\\))?");
    private static final Pattern BETWEEN_COLUMNS = Pattern.compile(",(?![^()<>]*[)>])");

    /** The columns that {@code id:BIGINT!,amount:DECIMAL(10,2)} says. */
    static List<Column> parseAll(String said) {
        Map<String, Column> found = new LinkedHashMap<>();
        for (String one : BETWEEN_COLUMNS.split(said)) {
            Column column = parse(one.strip());
            if (found.put(column.name(), column) != null) {
                throw new ConfigException("column `" + column.name() + "` is there twice");
            }
        }
        return new ArrayList<>(found.values());
    }

    private static Column parse(String said) {
        int colon = said.indexOf(':');
        if (colon < 1) {
            throw new ConfigException("`" + said + "` is not a column: wanted is `name:TYPE` or `name:TYPE!`");
        }
        String name = said.substring(0, colon).strip();
        String type = said.substring(colon + 1).strip();
        boolean nullable = !type.endsWith("!");
        Matcher parts = TYPE.matcher(nullable ? type : type.substring(0, type.length() - 1).strip());
        if (!parts.matches()) {
            throw new ConfigException("column `" + name + "`: " + ColumnType.refusal(type));
        }
        ColumnType known =
                ColumnType.of(name, parts.group(1), number(name, parts.group(2)), number(name, parts.group(3)));
        SchemaBuilder schema = known.schema();
        return new Column(name, known, nullable, nullable ? schema.optional().build() : schema.build());
    }

    private static Integer number(String column, String digits) {
        try {
            return digits == null ? null : Integer.valueOf(digits);
        } catch (NumberFormatException error) {
            throw new ConfigException("column `" + column + "`: no type is as long as " + digits);
        }
    }

    /** The value of the column in a row; a {@link DataException} where it has none of the column's type. */
    Object read(JsonNode node) {
        if (node == null || node.isNull()) {
            if (nullable) {
                return null;
            }
            throw new DataException("column `" + name + "` is " + (node == null ? "missing" : "null")
                    + " and NOT NULL");
        }
        try {
            return type.read(node);
        } catch (NotOfType reason) {
            throw new DataException("column `" + name + "` is not " + type.text() + ": " + reason.getMessage());
        } catch (ArithmeticException | DateTimeException reason) {
            throw new DataException("column `" + name + "` is not " + type.text() + ": out of its range");
        }
    }

    /** What a value is, without showing it. */
    static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a boolean";
            case NUMBER -> node.isIntegralNumber() ? "a whole number" : "a number with a fraction or an exponent";
            case OBJECT -> "an object";
            case STRING -> "a text";
            case NULL -> "null";
            default -> "nothing";
        };
    }

    /** Why a value is not of its column's type. */
    static final class NotOfType extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotOfType(String reason) {
            super(reason, null, false, false);
        }
    }
}
