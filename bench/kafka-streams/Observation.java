import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One line of the log, as far as this job reads it; the order of the fields is core/observation-line.ts. Times: UTC ms. */
record Observation(
    String feed, String id, long version, String content, String kind, String subject, String trust, String cause,
    long decided, long known, Double value, Map<String, String> facts, boolean gone) {

  private static final JsonFactory JSON = new JsonFactory();
  private static final int FIELDS = 24;
  private static final Map<String, String> NO_FACTS = Map.of();

  static List<Observation> read(byte[] lines) {
    List<Observation> observations = new ArrayList<>();
    try (JsonParser parser = JSON.createParser(lines)) {
      while (parser.nextToken() == JsonToken.START_ARRAY) observations.add(readOne(parser));
    } catch (IOException error) {
      throw new IllegalArgumentException("a batch of the log cannot be read", error);
    }
    return observations;
  }

  private static Observation readOne(JsonParser parser) throws IOException {
    String[] text = new String[FIELDS];
    long[] number = new long[FIELDS];
    Double value = null;
    Map<String, String> facts = NO_FACTS;
    int at = 0;
    for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken(), at++) {
      switch (token) {
        case VALUE_STRING -> text[at] = parser.getText();
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
          if (at == 18) value = parser.getDoubleValue();
          else number[at] = parser.getLongValue();
        }
        case START_OBJECT -> facts = readFacts(parser);
        default -> { }
      }
    }
    if (at != FIELDS) throw new IllegalArgumentException("a line of the log has " + at + " fields");
    String id = text[1] + "/" + text[2] + "/" + text[3];
    return new Observation(
        text[1], id, number[4], text[5], text[6], text[7], text[9], text[12],
        number[14], number[16], value, facts, number[23] == 1);
  }

  private static Map<String, String> readFacts(JsonParser parser) throws IOException {
    Map<String, String> facts = new HashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      facts.put(name, parser.nextTextValue());
    }
    return facts;
  }

  /** The id or the beginning of the ids that it takes back; null for any other kind. */
  String retracts() {
    if (!kind.equals("withdrawal") && !kind.equals("correction") && !kind.equals("repair")) return null;
    String named = facts.get("retracts");
    return named == null || named.isEmpty() ? id.substring(0, id.lastIndexOf('/') + 1) : named;
  }

  boolean isRegistry() {
    return kind.equals("registration") || kind.equals("ownership");
  }

  boolean isReading() {
    return kind.equals("sensor-reading");
  }

  static int inOrder(Observation left, Observation right) {
    int order = Long.compare(left.known, right.known);
    if (order == 0) order = left.id.compareTo(right.id);
    if (order == 0) order = Long.compare(left.version, right.version);
    return order == 0 ? left.content.compareTo(right.content) : order;
  }
}
