import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The realm's policy file, those kinds of indicators that need nothing of other enterprises. Durations: milliseconds. */
final class Policy {
  static final long DAY_MS = 86_400_000L;
  private static final long MINUTE_MS = 60_000L;

  /** What one indicator says: 0–1000, and when time alone may change it. */
  record Reading(int intensity, long until) { }

  static final Reading NOTHING = new Reading(0, Enterprise.FOREVER);

  interface Indicator {
    Reading read(long tick, List<Enterprise.Entry> counted, Map<String, Sensor> sensors, Map<String, String> attributes);
  }

  record Rule(String id, int weight, boolean basis, JsonNode select, boolean counts, Indicator indicator) { }

  record Signal(String indicator, int weight, int intensity, boolean basis) { }

  record Evaluation(int risk, int basis, Map<String, String> attributes, List<Signal> signals, long until) { }

  /** Limits of a metric; NaN where there is none. */
  record Limits(double above, double threshold) { }

  final List<Rule> rules = new ArrayList<>();
  final Map<String, Limits> metrics = new HashMap<>();
  final long tickMs;
  final long periodMs;
  final long offsetMs;
  private final JsonNode decays;
  private final Map<String, List<Integer>> byKind = new HashMap<>();

  Policy(File file) throws IOException {
    JsonNode realm = new ObjectMapper().readTree(file);
    tickMs = realm.get("tickMinutes").asLong() * MINUTE_MS;
    periodMs = realm.get("periodDays").asLong() * DAY_MS;
    offsetMs = realm.get("zoneOffsetMinutes").asLong() * MINUTE_MS;
    decays = realm.get("decays");
    for (JsonNode node : realm.get("indicators")) {
      JsonNode select = node.get("select");
      Indicator indicator = create(node);
      int index = rules.size();
      int weight = node.get("weight").asInt();
      boolean basis = node.get("basis").asBoolean();
      rules.add(new Rule(node.get("id").asText(), weight, basis, select, select != null, indicator));
      if (select == null) continue;
      for (JsonNode kind : select.get("kinds")) {
        byKind.computeIfAbsent(kind.asText(), (each) -> new ArrayList<>()).add(index);
      }
    }
  }

  private Indicator create(JsonNode node) {
    return switch (node.get("kind").asText()) {
      case "decayed-count" -> decayedCount(node);
      case "absence" -> absence(node);
      case "attribute" -> attribute(node);
      case "threshold-duration" -> thresholdDuration(node);
      case "sensor-anomaly" -> sensorAnomaly(node);
      default -> throw new IllegalArgumentException("not an indicator of this job: " + node.get("kind"));
    };
  }

  private Indicator decayedCount(JsonNode node) {
    JsonNode table = decays.get(node.get("decay").asText());
    double half = node.get("saturation").asDouble() * 1000;
    return (tick, counted, sensors, attributes) -> {
      long sum = 0;
      long until = Enterprise.FOREVER;
      for (Enterprise.Entry entry : counted) {
        long weight = 0;
        for (JsonNode step : table) {
          long begins = step.get(0).asLong() * DAY_MS;
          if (begins > tick - entry.dated) {
            until = Math.min(until, entry.dated + begins);
            break;
          }
          weight = step.get(1).asLong();
        }
        sum += weight;
      }
      return new Reading(sum == 0 ? 0 : (int) Math.floor(sum * 1000 / (sum + half)), until);
    };
  }

  /** Its feed counts as unbroken: nothing in this load says otherwise. */
  private Indicator absence(JsonNode node) {
    long after = node.get("afterDays").asLong() * DAY_MS;
    long span = Math.max(DAY_MS, node.get("fullDays").asLong() * DAY_MS - after);
    return (tick, counted, sensors, attributes) -> {
      long since = counted.get(counted.size() - 1).known;
      long silent = tick - since;
      if (silent <= after) return new Reading(0, since + after + 1);
      int steps = (int) Math.min(10, 1 + (silent - after) * 10 / span);
      long until = steps < 10 ? since + after + (long) Math.ceil(steps * (span / 10.0)) : Enterprise.FOREVER;
      return new Reading(steps * 100, until);
    };
  }

  private Indicator attribute(JsonNode node) {
    String fact = node.get("fact").asText();
    JsonNode values = node.get("values");
    return (tick, counted, sensors, attributes) -> {
      JsonNode intensity = values.get(attributes.getOrDefault(fact, ""));
      return intensity == null ? NOTHING : new Reading(intensity.asInt(), Enterprise.FOREVER);
    };
  }

  private Indicator thresholdDuration(JsonNode node) {
    String metric = node.get("metric").asText();
    limit(metric, node.get("above").asDouble(), Double.NaN);
    long least = node.get("forMinutes").asLong() * MINUTE_MS;
    long span = Math.max(1, node.get("fullMinutes").asLong() * MINUTE_MS - least);
    long hold = node.get("holdDays").asLong() * DAY_MS;
    return (tick, counted, sensors, attributes) -> {
      Reading best = NOTHING;
      for (Map.Entry<String, Sensor> each : sensors.entrySet()) {
        if (!each.getKey().endsWith("/" + metric)) continue;
        for (long[] run : each.getValue().runs) {
          long end = Math.min(run[1], tick);
          if (run[0] >= tick || end - run[0] < least || tick - end > hold) continue;
          int intensity = Math.max(100, perMille(end - run[0] - least, span));
          if (intensity > best.intensity) best = new Reading(intensity, end + hold + 1);
        }
      }
      return best;
    };
  }

  private Indicator sensorAnomaly(JsonNode node) {
    String metric = node.get("metric").asText();
    limit(metric, Double.NaN, node.get("threshold").asDouble());
    long hold = node.get("holdDays").asLong() * DAY_MS;
    return (tick, counted, sensors, attributes) -> {
      Reading best = NOTHING;
      for (Map.Entry<String, Sensor> each : sensors.entrySet()) {
        if (!each.getKey().endsWith("/" + metric)) continue;
        long sum = 0;
        int recent = 0;
        long first = tick;
        for (long[] unusual : each.getValue().unusual) {
          if (unusual[0] >= tick || tick - unusual[0] > hold) continue;
          if (recent == 0) first = unusual[0];
          recent += 1;
          sum += unusual[1];
        }
        if (recent < 3) continue;
        double mean = (double) sum / recent;
        int intensity = (int) Math.min(1000, Math.floor(mean * Math.min(recent, 8) / 8));
        if (intensity > best.intensity) best = new Reading(intensity, first + hold + 1);
      }
      return best;
    };
  }

  private void limit(String metric, double above, double threshold) {
    Limits found = metrics.getOrDefault(metric, new Limits(Double.NaN, Double.NaN));
    metrics.put(
        metric,
        new Limits(
            Double.isNaN(above) ? found.above : above, Double.isNaN(threshold) ? found.threshold : threshold));
  }

  /** Indexes of the rules that count it. */
  int[] hits(Observation observation) {
    return byKind.getOrDefault(observation.kind(), List.of()).stream()
        .filter(index -> matches(rules.get(index).select, observation))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static boolean matches(JsonNode select, Observation observation) {
    if (!names(select.get("feeds"), observation.feed())) return false;
    if (!names(select.get("causes"), observation.cause())) return false;
    if (!names(select.get("trusts"), observation.trust())) return false;
    JsonNode facts = select.get("facts");
    if (facts == null) return true;
    for (Map.Entry<String, JsonNode> fact : facts.properties()) {
      if (!names(fact.getValue(), observation.facts().getOrDefault(fact.getKey(), ""))) return false;
    }
    return true;
  }

  private static boolean names(JsonNode list, String text) {
    if (list == null) return true;
    for (JsonNode each : list) if (each.asText().equals(text)) return true;
    return false;
  }

  Evaluation evaluate(Enterprise enterprise, Map<String, Sensor> sensors, long tick) {
    Map<String, String> attributes = enterprise.attributes(tick);
    Map<Integer, List<Enterprise.Entry>> counted = new HashMap<>();
    for (Enterprise.Entry entry : enterprise.entries) {
      if (!entry.isActive(tick)) continue;
      for (int hit : entry.hits) counted.computeIfAbsent(hit, (each) -> new ArrayList<>()).add(entry);
    }
    List<Signal> signals = new ArrayList<>();
    long until = Enterprise.FOREVER;
    for (int index = 0; index < rules.size(); index++) {
      Rule rule = rules.get(index);
      List<Enterprise.Entry> own = counted.get(index);
      if (own == null && rule.counts) continue;
      Reading reading = rule.indicator.read(tick, own, sensors, attributes);
      until = Math.min(until, reading.until);
      if (reading.intensity == 0) continue;
      signals.add(new Signal(rule.id, rule.weight, reading.intensity, rule.basis));
    }
    return new Evaluation(combine(signals, false), combine(signals, true), attributes, signals, until);
  }

  /** Noisy-or in fixed point: processors/combine.ts. */
  private static int combine(List<Signal> signals, boolean basisAlone) {
    long remaining = 1_000_000;
    for (Signal signal : signals) {
      if (basisAlone && !signal.basis) continue;
      remaining = remaining * (1_000_000 - (long) signal.weight * signal.intensity) / 1_000_000;
    }
    return (int) ((1_000_000 - remaining) / 1000);
  }

  static int perMille(double part, double whole) {
    if (whole <= 0) return part > 0 ? 1000 : 0;
    return (int) Math.max(0, Math.min(1000, Math.floor(part * 1000 / whole)));
  }

  long floor(long instant, long step) {
    return Math.floorDiv(instant + offsetMs, step) * step - offsetMs;
  }

  long tickAfter(long known) {
    return floor(known, tickMs) + tickMs;
  }

  long nextTick(long tick, long until) {
    if (until == Enterprise.FOREVER) return until;
    long at = floor(until, tickMs);
    return Math.max(tick + tickMs, at == until ? at : at + tickMs);
  }
}
