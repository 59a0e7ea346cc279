import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** One device's measure: processors/indicators/sensor.ts, line by line. Instants: UTC ms. */
final class Sensor {
  private static final int RUNS_KEPT = 8;
  private static final int UNUSUAL_KEPT = 16;
  private static final double RATE = 0.05;
  private static final int WARM = 6;

  private long runStart;
  private long lastKnown;
  final Deque<long[]> runs = new ArrayDeque<>();
  final Deque<long[]> unusual = new ArrayDeque<>();
  private final double[] mean = new double[24];
  private final double[] deviation = new double[24];
  private final int[] seen = new int[24];

  /** Whether it changed anything that an indicator reads. Absent limits are NaN. */
  boolean take(long known, double value, double above, double threshold, long offsetMs) {
    if (known <= lastKnown) return false;
    lastKnown = known;
    boolean exceeds = value > above;
    if (!Double.isNaN(above)) takeRun(known, exceeds);
    return !Double.isNaN(threshold) && takeAnomaly(known, value, threshold, offsetMs) || exceeds;
  }

  private void takeRun(long known, boolean exceeds) {
    if (!exceeds) {
      runStart = 0;
    } else if (runStart == 0) {
      runStart = known;
      runs.add(new long[] {known, known});
      if (runs.size() > RUNS_KEPT) runs.removeFirst();
    } else if (!runs.isEmpty()) {
      runs.getLast()[1] = known;
    }
  }

  private boolean takeAnomaly(long known, double value, double threshold, long offsetMs) {
    int hour = (int) (Math.floorMod(known + offsetMs, Policy.DAY_MS) / 3_600_000L) % 24;
    double expected = seen[hour] == 0 ? value : mean[hour];
    double off = Math.abs(value - expected);
    boolean isUnusual = false;
    if (seen[hour] >= WARM) {
      double scale = Math.max(Math.max(deviation[hour] * 1.2533, Math.abs(expected) * 0.01), 1e-9);
      double score = off / scale;
      isUnusual = score >= threshold;
      if (isUnusual) {
        unusual.add(new long[] {known, Policy.perMille(score - threshold + 1, threshold)});
        if (unusual.size() > UNUSUAL_KEPT) unusual.removeFirst();
      }
    }
    double rate = Math.max(RATE, 1.0 / (seen[hour] + 1));
    double before = deviation[hour];
    seen[hour] += 1;
    mean[hour] = expected + rate * (value - expected);
    deviation[hour] = before + rate * (off - before);
    return isUnusual;
  }

  byte[] bytes() {
    return Packed.bytes(this::write);
  }

  private void write(DataOutputStream out) throws IOException {
    out.writeLong(runStart);
    out.writeLong(lastKnown);
    writePairs(out, runs);
    writePairs(out, unusual);
    for (int hour = 0; hour < 24; hour++) {
      out.writeShort(seen[hour]);
      if (seen[hour] == 0) continue;
      out.writeDouble(mean[hour]);
      out.writeDouble(deviation[hour]);
    }
  }

  static Sensor read(DataInputStream in) throws IOException {
    Sensor sensor = new Sensor();
    sensor.runStart = in.readLong();
    sensor.lastKnown = in.readLong();
    readPairs(in, sensor.runs);
    readPairs(in, sensor.unusual);
    for (int hour = 0; hour < 24; hour++) {
      sensor.seen[hour] = in.readShort();
      if (sensor.seen[hour] == 0) continue;
      sensor.mean[hour] = in.readDouble();
      sensor.deviation[hour] = in.readDouble();
    }
    return sensor;
  }

  private static void writePairs(DataOutputStream out, Deque<long[]> pairs) throws IOException {
    out.writeByte(pairs.size());
    for (long[] pair : pairs) {
      out.writeLong(pair[0]);
      out.writeLong(pair[1]);
    }
  }

  private static void readPairs(DataInputStream in, Deque<long[]> pairs) throws IOException {
    for (int left = in.readByte(); left > 0; left--) pairs.add(new long[] {in.readLong(), in.readLong()});
  }
}
