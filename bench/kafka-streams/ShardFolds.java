import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * One shard: micro-batches of the log in, change points of the risk out, at the same ticks as processors/shard-fold.ts.
 * All that counts is in the stores; what is on the heap is made of it again when a task is taken up. What is late goes in
 * at the next tick, and what is taken back changes nothing that was said: the past is not rebuilt. Instants: UTC ms.
 */
final class ShardFolds implements Processor<byte[], byte[], String, byte[]> {
  static final String ENTERPRISES = "enterprises";
  static final String SENSORS = "sensors";
  static final String WAITING = "waiting";
  /** The key in the store of what waits under which the shard's clock is kept. */
  private static final long CLOCK = -1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Waiting(Observation reading, long batch) { }

  private final Policy policy;
  private ProcessorContext<String, byte[]> context;
  private KeyValueStore<String, byte[]> enterprises;
  private KeyValueStore<String, byte[]> sensors;
  /** Micro-batches of which some readings wait for their tick. */
  private KeyValueStore<Long, byte[]> waiting;

  private ShardClock clock = new ShardClock();
  private final PriorityQueue<Waiting> readings =
      new PriorityQueue<>((left, right) -> Observation.inOrder(left.reading, right.reading));
  private final Map<Long, Integer> waitingOf = new HashMap<>();
  private final TreeMap<Long, Set<String>> arrivals = new TreeMap<>();
  private final TreeMap<Long, Set<String>> timers = new TreeMap<>();
  private final Set<String> judged = new HashSet<>();

  ShardFolds(Policy policy) {
    this.policy = policy;
  }

  @Override
  public void init(ProcessorContext<String, byte[]> given) {
    context = given;
    enterprises = given.getStateStore(ENTERPRISES);
    sensors = given.getStateStore(SENSORS);
    waiting = given.getStateStore(WAITING);
    byte[] kept = waiting.get(CLOCK);
    if (kept != null) clock = Packed.read(kept, ShardClock::read);
    try (KeyValueIterator<String, byte[]> all = enterprises.all()) {
      all.forEachRemaining(each -> wake(each.key, Packed.read(each.value, Enterprise::read)));
    }
    try (KeyValueIterator<Long, byte[]> all = waiting.all()) {
      all.forEachRemaining(each -> {
        if (each.key == CLOCK) return;
        for (Observation line : Observation.read(each.value)) {
          if (line.isReading() && policy.tickAfter(line.known()) > clock.sealed) await(line, each.key);
        }
      });
    }
  }

  private void wake(String id, Enterprise enterprise) {
    at(timers, enterprise.next, id);
    if (enterprise.last != null) judged.add(id);
    for (Enterprise.Entry entry : enterprise.entries) {
      if (entry.known >= clock.sealed) at(arrivals, policy.tickAfter(entry.known), id);
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    List<Observation> lines = Observation.read(record.value());
    Header progress = record.headers().lastHeader("progress");
    if (progress != null) takeProgress(progress.value(), lines);
    long batch = clock.batches++;
    for (Observation line : lines) observe(line, batch);
    if (clock.start != 0) {
      clock.promised = Math.max(clock.promised, policy.floor(clock.watermark(), policy.tickMs));
      seal(clock.promised);
    }
    if (waitingOf.containsKey(batch)) waiting.put(batch, record.value());
    waiting.put(CLOCK, clock.bytes());
  }

  private void takeProgress(byte[] json, List<Observation> lines) {
    try {
      for (JsonNode each : JSON.readTree(json)) {
        long until = each.get("until").asLong();
        if (until == 0) continue;
        if (clock.start == 0) begin(until, lines);
        clock.take(each.get("feed").asText(), until, each.get("closed").asBoolean());
      }
    } catch (IOException error) {
      throw new IllegalArgumentException("a word of time cannot be read", error);
    }
  }

  private void begin(long until, List<Observation> lines) {
    clock.start = policy.floor(until, policy.periodMs);
    long earliest = clock.start;
    for (Observation line : lines) earliest = Math.min(earliest, line.known());
    if (!readings.isEmpty()) earliest = Math.min(earliest, readings.peek().reading.known());
    if (!arrivals.isEmpty()) earliest = Math.min(earliest, arrivals.firstKey() - policy.tickMs);
    clock.sealed = Math.min(clock.start, policy.floor(earliest, policy.periodMs));
    clock.promised = clock.sealed;
  }

  private void observe(Observation line, long batch) {
    if (line.subject().startsWith("place:")) return;
    long tick = policy.tickAfter(line.known());
    if (line.isReading()) {
      if (tick > clock.promised) await(line, batch);
      return;
    }
    Enterprise enterprise = find(line.subject());
    String target = line.retracts();
    if (target != null) enterprise.strike(target);
    int[] hits = target == null ? policy.hits(line) : new int[0];
    if (target == null && (hits.length > 0 || line.isRegistry())) enterprise.add(toEntry(line, hits));
    enterprises.put(line.subject(), enterprise.bytes());
    at(arrivals, Math.max(tick, clock.promised + policy.tickMs), line.subject());
  }

  private static Enterprise.Entry toEntry(Observation line, int[] hits) {
    Enterprise.Entry entry = new Enterprise.Entry();
    entry.id = line.id();
    entry.version = line.version();
    entry.content = line.content();
    entry.known = line.known();
    entry.dated = line.decided() > 0 ? line.decided() : line.known();
    entry.gone = line.gone();
    entry.hits = hits;
    entry.facts = line.isRegistry() ? line.facts() : null;
    return entry;
  }

  private void await(Observation reading, long batch) {
    readings.add(new Waiting(reading, batch));
    waitingOf.merge(batch, 1, Integer::sum);
  }

  private void seal(long through) {
    for (long tick = nextWork(); tick <= through; tick = nextWork()) {
      Set<String> due = new TreeSet<>();
      while (!arrivals.isEmpty() && arrivals.firstKey() <= tick) due.addAll(arrivals.pollFirstEntry().getValue());
      while (!timers.isEmpty() && timers.firstKey() <= tick) {
        for (String id : timers.pollFirstEntry().getValue()) if (find(id).next <= tick) due.add(id);
      }
      while (!readings.isEmpty() && readings.peek().reading.known() < tick) takeReading(readings.poll(), due);
      for (String id : due) judge(id, tick);
      clock.sealed = tick;
    }
    clock.sealed = Math.max(clock.sealed, through);
  }

  private long nextWork() {
    long next = Enterprise.FOREVER;
    if (!readings.isEmpty()) next = policy.tickAfter(readings.peek().reading.known());
    if (!arrivals.isEmpty()) next = Math.min(next, arrivals.firstKey());
    if (!timers.isEmpty()) next = Math.min(next, timers.firstKey());
    return next;
  }

  private void takeReading(Waiting taken, Set<String> due) {
    if (waitingOf.merge(taken.batch, -1, Integer::sum) == 0) {
      waitingOf.remove(taken.batch);
      waiting.delete(taken.batch);
    }
    Observation reading = taken.reading;
    String id = reading.subject();
    boolean isNew = !judged.contains(id);
    String metric = reading.facts().getOrDefault("metric", "");
    Policy.Limits limits = policy.metrics.get(metric);
    if (limits == null) {
      if (isNew) due.add(id);
      return;
    }
    String quality = reading.facts().getOrDefault("quality", "N");
    if (reading.value() == null || !(quality.equals("N") || quality.isEmpty())) return;
    String key = id + "\n" + reading.facts().getOrDefault("device", "") + "/" + metric;
    byte[] before = sensors.get(key);
    Sensor sensor = before == null ? new Sensor() : Packed.read(before, Sensor::read);
    boolean speaks = sensor.take(reading.known(), reading.value(), limits.above(), limits.threshold(), policy.offsetMs);
    sensors.put(key, sensor.bytes());
    if (speaks || isNew) due.add(id);
  }

  private void judge(String id, long tick) {
    Enterprise enterprise = find(id);
    Map<String, Sensor> own = new HashMap<>();
    try (KeyValueIterator<String, byte[]> all = sensors.prefixScan(id + "\n", new StringSerializer())) {
      all.forEachRemaining(each -> own.put(each.key, Packed.read(each.value, Sensor::read)));
    }
    Policy.Evaluation said = policy.evaluate(enterprise, own, tick);
    Enterprise.Last now = Enterprise.Last.of(said.risk(), said.basis(), said.attributes());
    if (!now.equals(enterprise.last)) {
      enterprise.last = now;
      judged.add(id);
      context.forward(new Record<>(id, point(id, tick, now, said.signals()), tick));
    }
    enterprise.next = policy.nextTick(tick, said.until());
    at(timers, enterprise.next, id);
    enterprises.put(id, enterprise.bytes());
  }

  private Enterprise find(String id) {
    byte[] bytes = enterprises.get(id);
    return bytes == null ? new Enterprise() : Packed.read(bytes, Enterprise::read);
  }

  private static byte[] point(String id, long tick, Enterprise.Last now, List<Policy.Signal> signals) {
    StringBuilder line = new StringBuilder(256).append("{\"enterprise\":").append(quote(id));
    line.append(",\"effective\":").append(tick).append(",\"risk\":").append(now.risk());
    line.append(",\"basis\":").append(now.basis()).append(",\"name\":").append(quote(now.name()));
    line.append(",\"district\":").append(quote(now.district())).append(",\"industry\":").append(quote(now.industry()));
    line.append(",\"signals\":[");
    for (Policy.Signal signal : signals) {
      if (line.charAt(line.length() - 1) != '[') line.append(',');
      line.append("{\"indicator\":").append(quote(signal.indicator()));
      line.append(",\"intensity\":").append(signal.intensity()).append('}');
    }
    return line.append("]}").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String quote(String text) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
  }

  private static void at(TreeMap<Long, Set<String>> times, long tick, String id) {
    if (tick != Enterprise.FOREVER) times.computeIfAbsent(tick, (each) -> new HashSet<>()).add(id);
  }
}
