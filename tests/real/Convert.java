import dev.headgate.connect.ContractJsonConverter;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;

/** Lines of columns, a tab and a record's JSON in; a line of the fields with their schemas, or of the refusal, out. */
public final class Convert {
    public static void main(String[] words) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] said = line.split("\t", 2);
            try {
                var converter = new ContractJsonConverter();
                converter.configure(Map.of("columns", said[0]), false);
                byte[] record = said[1].equals("TOMBSTONE") ? null : said[1].getBytes(StandardCharsets.UTF_8);
                System.out.println(shown(converter.toConnectData("t", record)));
            } catch (RuntimeException refused) {
                System.out.println(refused.getClass().getSimpleName() + ": " + refused.getMessage()
                        + (refused.getCause() == null ? "" : " BECAUSE " + refused.getCause()));
            }
        }
    }

    private static String shown(SchemaAndValue read) {
        if (read.value() == null) {
            return "null";
        }
        StringBuilder text = new StringBuilder();
        for (Field field : read.schema().fields()) {
            Object value = ((Struct) read.value()).get(field);
            String name = field.schema().name();
            text.append(text.isEmpty() ? "" : " ").append(field.name()).append('=')
                    .append(value instanceof java.util.Date date ? date.toInstant()
                            : value instanceof byte[] bytes ? Arrays.toString(bytes) : value)
                    .append(':').append(name == null ? field.schema().type() : name.replaceFirst(".*\\.", ""));
        }
        return text.toString();
    }
}
