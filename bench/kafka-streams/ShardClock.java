import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** How far a shard's time has come, by what its feeds say. Instants: UTC ms. */
final class ShardClock {
  private record Feed(long until, boolean closed) { }

  private final Map<String, Feed> feeds = new TreeMap<>();
  /** 0 before any feed has said anything. */
  long start;
  /** The last tick that was judged. */
  long sealed;
  /** What comes for this tick or an earlier one is late. */
  long promised;
  /** Micro-batches taken in. */
  long batches;

  void take(String feed, long until, boolean closed) {
    feeds.put(feed, new Feed(until, closed));
  }

  /** The instant up to which every feed that is not closed has said all that it knew. */
  long watermark() {
    long least = Enterprise.FOREVER;
    long most = 0;
    for (Feed feed : feeds.values()) {
      most = Math.max(most, feed.until);
      if (!feed.closed) least = Math.min(least, feed.until);
    }
    return least == Enterprise.FOREVER ? most : least;
  }

  byte[] bytes() {
    return Packed.bytes(this::write);
  }

  private void write(DataOutputStream out) throws IOException {
    for (long each : new long[] {start, sealed, promised, batches, feeds.size()}) out.writeLong(each);
    for (Map.Entry<String, Feed> feed : feeds.entrySet()) {
      out.writeUTF(feed.getKey());
      out.writeLong(feed.getValue().until);
      out.writeBoolean(feed.getValue().closed);
    }
  }

  static ShardClock read(DataInputStream in) throws IOException {
    ShardClock clock = new ShardClock();
    clock.start = in.readLong();
    clock.sealed = in.readLong();
    clock.promised = in.readLong();
    clock.batches = in.readLong();
    for (long left = in.readLong(); left > 0; left--) {
      clock.feeds.put(in.readUTF(), new Feed(in.readLong(), in.readBoolean()));
    }
    return clock;
  }
}
