import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.util.ImmutableBitSet;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentImpl;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.planner.delegation.PlannerBase;
import org.apache.flink.table.planner.operations.PlannerQueryOperation;
import org.apache.flink.table.planner.plan.metadata.FlinkRelMetadataQuery;
import org.apache.flink.table.runtime.typeutils.ExternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.table.types.utils.TypeConversions;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;

/**
 * Runs queries over given rows on a real Flink in this process and writes what it answered: `Recorder spec.json out.json`.
 *
 * <p>One source emits the rows of all tables in their one order of arrival. Each row's watermark leaves right behind it, and a
 * pause follows where a query reads several tables, so that operators of several inputs see the order given and not that of
 * network buffers.
 */
public final class Recorder {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern MODE = Pattern.compile("changelogMode=\\[([A-Z,]*)]");

    /** Read by functions of jobs, which run in this very process. */
    private static volatile List<Arrival> arrivals = List.of();

    private static volatile long pauseMillis;

    private record Arrival(String table, Row row) {}

    private record Input(String name, List<String> names, List<LogicalType> types, JsonNode json) {}

    public static void main(String[] arguments) throws Exception {
        JsonNode spec = JSON.readTree(Path.of(arguments[0]).toFile());
        List<Object> results = new ArrayList<>();
        for (JsonNode dataset : spec.get("datasets")) {
            Map<String, Input> inputs = inputs(dataset.get("tables"));
            List<Arrival> all = new ArrayList<>();
            for (JsonNode arrival : dataset.get("arrivals")) {
                all.add(arrival(inputs, arrival));
            }
            for (JsonNode question : dataset.get("cases")) {
                long started = System.currentTimeMillis();
                results.add(answer(inputs, all, question));
                System.err.println(question.get("name").asText() + " " + (System.currentTimeMillis() - started) + " ms");
            }
        }
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("flink", EnvironmentInformation.getVersion());
        out.put("results", results);
        JSON.writerWithDefaultPrettyPrinter().writeValue(Path.of(arguments[1]).toFile(), out);
        System.exit(0);
    }

    private static Map<String, Input> inputs(JsonNode tables) {
        Map<String, Input> result = new LinkedHashMap<>();
        tables.fields().forEachRemaining(table -> {
            List<String> names = new ArrayList<>();
            List<LogicalType> types = new ArrayList<>();
            table.getValue().get("columns").fields().forEachRemaining(column -> {
                names.add(column.getKey());
                types.add(LogicalTypeParser.parse(column.getValue().asText(), Recorder.class.getClassLoader()));
            });
            result.put(table.getKey(), new Input(table.getKey(), names, types, table.getValue()));
        });
        return result;
    }

    private static Arrival arrival(Map<String, Input> inputs, JsonNode json) {
        Input input = inputs.get(json.get("table").asText());
        Row row = Row.withNames(kind(json.get("op").asText()));
        for (int i = 0; i < input.names.size(); i++) {
            row.setField(input.names.get(i), value(json.get("row").get(input.names.get(i)), input.types.get(i)));
        }
        return new Arrival(input.name, row);
    }

    private static RowKind kind(String op) {
        return switch (op) {
            case "-U" -> RowKind.UPDATE_BEFORE;
            case "+U" -> RowKind.UPDATE_AFTER;
            case "-D" -> RowKind.DELETE;
            default -> RowKind.INSERT;
        };
    }

    private static Map<String, Object> answer(Map<String, Input> inputs, List<Arrival> all, JsonNode question) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("name", question.get("name").asText());
        List<String> tables = new ArrayList<>();
        question.get("tables").forEach(name -> tables.add(name.asText()));
        arrivals = all.stream().filter(a -> tables.contains(a.table)).toList();
        pauseMillis = question.get("pause_ms").asLong();
        try {
            StreamTableEnvironment table = environment(inputs, tables);
            Table query = table.sqlQuery(question.get("sql").asText());
            List<Object> columns = new ArrayList<>();
            List<LogicalType> types = new ArrayList<>();
            for (Column column : query.getResolvedSchema().getColumns()) {
                columns.add(List.of(column.getName(), column.getDataType().getLogicalType().toString()));
                types.add(column.getDataType().getLogicalType());
            }
            result.put("columns", columns);
            Matcher mode = MODE.matcher(query.explain(ExplainDetail.CHANGELOG_MODE));
            result.put("changelog_mode", mode.find() ? List.of(mode.group(1).split(",")) : List.of());
            result.put("upsert_keys", upsertKeys(table, query));
            if (question.get("run").asBoolean()) {
                List<Object> log = new ArrayList<>();
                result.put("changelog", log);
                try (CloseableIterator<Row> rows = query.execute().collect()) {
                    while (rows.hasNext()) {
                        Row row = rows.next();
                        List<Object> line = new ArrayList<>();
                        line.add(row.getKind().shortString());
                        for (int i = 0; i < row.getArity(); i++) {
                            line.add(plain(row.getField(i), types.get(i)));
                        }
                        log.add(line);
                    }
                }
            }
        } catch (Throwable failure) {
            result.put(result.containsKey("changelog") ? "fails" : "refused", reasons(failure));
            result.remove("changelog");
        }
        return result;
    }

    private static List<String> reasons(Throwable failure) {
        List<String> result = new ArrayList<>();
        for (Throwable cause = failure; cause != null && result.size() < 12; cause = cause.getCause()) {
            result.add(cause.getClass().getSimpleName() + ": " + cause.getMessage());
        }
        return result;
    }

    private static StreamTableEnvironment environment(Map<String, Input> inputs, List<String> tables) {
        Configuration settings = new Configuration();
        settings.setString("parallelism.default", "1");
        settings.setString("pipeline.auto-watermark-interval", "0");
        settings.setString("execution.buffer-timeout.interval", "0 ms");
        settings.setString("table.local-time-zone", "UTC");
        settings.setString("rest.port", "0");
        settings.setString("restart-strategy.type", "none");
        settings.setString("execution.runtime-mode", "STREAMING");
        StreamExecutionEnvironment jobs = StreamExecutionEnvironment.getExecutionEnvironment(settings);
        jobs.setParallelism(1);
        StreamTableEnvironment table = StreamTableEnvironment.create(jobs);
        table.getConfig().set("table.local-time-zone", "UTC");
        DataStream<Long> order = jobs.fromSequence(0, Math.max(0, arrivals.size() - 1)).map(new Pause());
        for (String name : tables) {
            Input input = inputs.get(name);
            LogicalType row = RowType.of(input.types.toArray(new LogicalType[0]), input.names.toArray(new String[0]));
            DataType type = TypeConversions.fromLogicalToDataType(row).notNull();
            DataStream<Row> rows = order.flatMap(new Pick(name)).returns(ExternalTypeInfo.of(type));
            ChangelogMode mode = input.json.has("primary_key") ? ChangelogMode.upsert() : ChangelogMode.insertOnly();
            table.createTemporaryView(name, table.fromChangelogStream(rows, schema(input), mode));
        }
        return table;
    }

    private static Schema schema(Input input) {
        Schema.Builder schema = Schema.newBuilder();
        for (int i = 0; i < input.names.size(); i++) {
            schema.column(input.names.get(i), input.types.get(i).asSerializableString());
        }
        if (input.json.has("proctime")) {
            schema.columnByExpression(input.json.get("proctime").asText(), "PROCTIME()");
        }
        if (input.json.has("event_time")) {
            String time = input.json.get("event_time").asText();
            double delay = input.json.get("delay_ms").asLong() / 1000.0;
            schema.watermark(time, "`%s` - INTERVAL '%.3f' SECOND".formatted(time, delay));
        }
        if (input.json.has("primary_key")) {
            List<String> key = new ArrayList<>();
            input.json.get("primary_key").forEach(column -> key.add(column.asText()));
            schema.primaryKey(key);
        }
        return schema.build();
    }

    private static Object upsertKeys(StreamTableEnvironment table, Table query) {
        PlannerBase planner = (PlannerBase) ((TableEnvironmentImpl) table).getPlanner();
        RelNode plan = planner.optimize(((PlannerQueryOperation) query.getQueryOperation()).getCalciteTree());
        FlinkRelMetadataQuery metadata = FlinkRelMetadataQuery.reuseOrCreate(plan.getCluster().getMetadataQuery());
        java.util.Set<ImmutableBitSet> keys = metadata.getUpsertKeys(plan);
        if (keys == null) {
            return List.of();
        }
        List<String> names = plan.getRowType().getFieldNames();
        List<List<String>> result = new ArrayList<>();
        for (ImmutableBitSet key : keys) {
            result.add(key.toList().stream().map(names::get).toList());
        }
        result.sort((a, b) -> a.toString().compareTo(b.toString()));
        return result;
    }

    /** Lets what the row before set off come to rest. */
    private static final class Pause implements MapFunction<Long, Long> {
        @Override
        public Long map(Long at) throws InterruptedException {
            if (pauseMillis > 0) {
                Thread.sleep(pauseMillis);
            }
            return at;
        }
    }

    private static final class Pick implements FlatMapFunction<Long, Row> {
        private final String table;

        Pick(String table) {
            this.table = table;
        }

        @Override
        public void flatMap(Long at, Collector<Row> out) {
            List<Arrival> order = arrivals;
            if (at < order.size() && order.get(at.intValue()).table.equals(table)) {
                out.collect(order.get(at.intValue()).row);
            }
        }
    }

    private static Object value(JsonNode json, LogicalType type) {
        if (json == null || json.isNull()) {
            return null;
        }
        switch (type.getTypeRoot()) {
            case BOOLEAN:
                return json.asBoolean();
            case TINYINT:
                return (byte) json.asInt();
            case SMALLINT:
                return (short) json.asInt();
            case INTEGER:
                return json.asInt();
            case BIGINT:
                return json.asLong();
            case FLOAT:
                return (float) json.asDouble();
            case DOUBLE:
                return json.asDouble();
            case DECIMAL:
                return new BigDecimal(json.asText());
            case DATE:
                return LocalDate.parse(json.asText());
            case TIME_WITHOUT_TIME_ZONE:
                return LocalTime.parse(json.asText());
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                return LocalDateTime.parse(json.asText().replace(' ', 'T'));
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return LocalDateTime.parse(json.asText().replace(' ', 'T')).toInstant(ZoneOffset.UTC);
            case BINARY:
            case VARBINARY:
                return HexFormat.of().parseHex(json.asText());
            case ARRAY:
                LogicalType element = ((ArrayType) type).getElementType();
                Class<?> held = TypeConversions.fromLogicalToDataType(element).getConversionClass();
                Object array = java.lang.reflect.Array.newInstance(held, json.size());
                for (int i = 0; i < json.size(); i++) {
                    java.lang.reflect.Array.set(array, i, value(json.get(i), element));
                }
                return array;
            case MAP:
                Map<Object, Object> map = new LinkedHashMap<>();
                json.fields().forEachRemaining(e -> map.put(e.getKey(), value(e.getValue(), ((MapType) type).getValueType())));
                return map;
            case ROW:
                Row row = Row.withPositions(type.getChildren().size());
                Iterator<String> names = ((RowType) type).getFieldNames().iterator();
                for (int i = 0; names.hasNext(); i++) {
                    row.setField(i, value(json.get(names.next()), type.getChildren().get(i)));
                }
                return row;
            default:
                return json.asText();
        }
    }

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS");

    /** The value as JSON can hold it without loss: decimals and times as text, rows as lists, maps as sorted pairs. */
    private static Object plain(Object value, LogicalType type) {
        if (value == null || value instanceof Boolean || value instanceof String) {
            return value;
        } else if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            return Double.isNaN(number) || Double.isInfinite(number) ? (Object) Double.toString(number) : value;
        } else if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        } else if (value instanceof Number) {
            return value;
        } else if (value instanceof LocalDateTime time) {
            return TIME.format(time);
        } else if (value instanceof Instant time) {
            return TIME.format(time.atOffset(ZoneOffset.UTC));
        } else if (value instanceof LocalTime time) {
            return DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS").format(time);
        } else if (value instanceof byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        } else if (value instanceof Row row) {
            List<Object> result = new ArrayList<>();
            for (int i = 0; i < row.getArity(); i++) {
                result.add(plain(row.getField(i), type.getChildren().get(i)));
            }
            return result;
        } else if (value instanceof Map<?, ?> map) {
            List<LogicalType> children = type.getChildren();
            List<List<Object>> result = new ArrayList<>();
            map.forEach((k, v) -> {
                List<Object> pair = new ArrayList<>();
                pair.add(plain(k, children.get(0)));
                pair.add(children.size() > 1 ? plain(v, children.get(1)) : v);
                result.add(pair);
            });
            result.sort((a, b) -> String.valueOf(a.get(0)).compareTo(String.valueOf(b.get(0))));
            return result;
        } else if (value.getClass().isArray()) {
            List<Object> result = new ArrayList<>();
            for (int i = 0; i < java.lang.reflect.Array.getLength(value); i++) {
                result.add(plain(java.lang.reflect.Array.get(value, i), type.getChildren().get(0)));
            }
            return result;
        }
        return value.toString();
    }
}
