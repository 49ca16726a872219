package dev.headgate.connect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;

/**
 * Types plain JSON by the columns of a contract, so that sinks which need a schema take it.
 *
 * <p>{@code columns} is {@code id:BIGINT!,email:STRING,amount:DECIMAL(10,2),at:TIMESTAMP(3)}: names with Flink's
 * types, {@code !} for NOT NULL. What is not such a row is a {@link DataException}, which names the column and never
 * shows a value: it ends up in logs. Members that no column names are left out. It only reads.
 */
public final class ContractJsonConverter implements Converter {
    static final String COLUMNS = "columns";

    private static final ConfigDef CONFIG = new ConfigDef().define(
            COLUMNS, ConfigDef.Type.STRING, ConfigDef.NO_DEFAULT_VALUE, ConfigDef.Importance.HIGH,
            "The columns with their Flink types: id:BIGINT!,email:STRING,amount:DECIMAL(10,2)");
    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build()
            .reader();

    private List<Column> columns = List.of();
    private Schema schema;

    @Override
    public ConfigDef config() {
        return CONFIG;
    }

    @Override
    public void configure(Map<String, ?> config, boolean isKey) {
        columns = Column.parseAll(String.valueOf(CONFIG.parse(config).get(COLUMNS)));
        SchemaBuilder row = SchemaBuilder.struct().optional();
        columns.forEach(column -> row.field(column.name(), column.schema()));
        schema = row.build();
    }

    @Override
    public SchemaAndValue toConnectData(String topic, byte[] bytes) {
        return new SchemaAndValue(schema, bytes == null ? null : row(parsed(bytes)));
    }

    @Override
    public byte[] fromConnectData(String topic, Schema schema, Object value) {
        throw new DataException("ContractJsonConverter reads records for sinks; it does not write any");
    }

    private Struct row(JsonNode object) {
        Struct row = new Struct(schema);
        for (Column column : columns) {
            row.put(column.name(), column.read(object.get(column.name())));
        }
        return row;
    }

    private static JsonNode parsed(byte[] bytes) {
        JsonNode node;
        try {
            node = JSON.readTree(bytes);
        } catch (JsonProcessingException error) {
            // Neither its message nor itself as the cause: both quote the record.
            String where = error.getLocation() == null ? "" : " at byte " + error.getLocation().getByteOffset();
            throw new DataException("not JSON, or a member twice," + where + " of " + bytes.length);
        } catch (IOException | NumberFormatException error) {
            throw new DataException("not JSON, or a number that no type holds");
        }
        if (!node.isObject()) {
            throw new DataException("the record is " + Column.kind(node) + " where an object is wanted");
        }
        return node;
    }
}
