import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.TableEnvironment;

/**
 * Plans compiled scripts without running them: one line a script, its path and what the planner said.
 *
 * <p>A statement ends where `;` ends a line. A sink that keeps state to put updates in order is said, since the settings of a
 * script are there to avoid it.
 */
public final class Planner {
  public static void main(String[] scripts) throws Exception {
    for (String script : scripts) {
      System.out.println(script + "\t" + verdict(Files.readString(Path.of(script))));
    }
  }

  private static String verdict(String script) {
    TableEnvironment tables =
        TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().build());
    String plan = "";
    try {
      for (String part : script.split(";\\n")) {
        String statement = part.replaceAll("(?m)\\A(\\s*--.*$)+", "").strip();
        if (statement.startsWith("SET ")) {
          String[] words = statement.substring(5, statement.length() - 1).split("' = '");
          tables.getConfig().set(words[0], words[1]);
        } else if (statement.startsWith("INSERT ")) {
          plan = tables.explainSql(statement, ExplainDetail.CHANGELOG_MODE);
        } else if (!statement.isEmpty()) {
          tables.executeSql(statement);
        }
      }
    } catch (Exception error) {
      Throwable cause = error;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return "refused: " + cause.getMessage().replaceAll("\\s+", " ");
    }
    if (plan.isEmpty()) {
      return "no insert";
    }
    return plan.contains("upsertMaterialize") ? "materializes" : "planned";
  }
}
