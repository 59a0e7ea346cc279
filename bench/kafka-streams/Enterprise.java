import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is kept of one enterprise: the facts that an indicator counts or that say who it is. Instants: UTC ms. */
final class Enterprise {
  static final long FOREVER = Long.MAX_VALUE;

  /** A version of a fact; it holds until the next version was known. */
  static final class Entry {
    String id;
    long version;
    String content;
    long known;
    long dated;
    boolean gone;
    long until = FOREVER;
    int[] hits;
    /** Of registry facts alone. */
    Map<String, String> facts;

    boolean isActive(long tick) {
      return known < tick && until >= tick && !gone;
    }
  }

  /** What was said last. */
  record Last(int risk, int basis, String name, String district, String industry) {
    static Last of(int risk, int basis, Map<String, String> who) {
      String name = who.getOrDefault("name", "");
      return new Last(risk, basis, name, who.getOrDefault("district", ""), who.getOrDefault("industry", ""));
    }
  }

  final List<Entry> entries = new ArrayList<>();
  long next = FOREVER;
  Last last;

  void add(Entry entry) {
    for (Entry other : entries) {
      if (other.id.equals(entry.id) && other.version == entry.version && other.content.equals(entry.content)) return;
    }
    int at = entries.size();
    while (at > 0 && ORDER.compare(entries.get(at - 1), entry) > 0) at--;
    entries.add(at, entry);
    settleVersions(entry.id);
  }

  private static final Comparator<Entry> ORDER =
      Comparator.comparingLong((Entry entry) -> entry.known).thenComparing((Entry entry) -> entry.id);

  private void settleVersions(String id) {
    List<Entry> versions = new ArrayList<>();
    for (Entry entry : entries) if (entry.id.equals(id)) versions.add(entry);
    if (versions.size() == 1) return;
    versions.sort(Comparator.comparingLong((Entry entry) -> entry.version).thenComparing((Entry entry) -> entry.content));
    long soonest = FOREVER;
    for (int i = versions.size() - 1; i >= 0; i--) {
      versions.get(i).until = soonest;
      soonest = Math.min(soonest, versions.get(i).known);
    }
  }

  /** From now on it is as if it had never been; what was said before stays said. */
  void strike(String target) {
    entries.removeIf(entry -> target.endsWith("/") ? entry.id.startsWith(target) : entry.id.equals(target));
  }

  Map<String, String> attributes(long tick) {
    Map<String, String> facts = new HashMap<>();
    for (Entry entry : entries) if (entry.facts != null && entry.isActive(tick)) facts.putAll(entry.facts);
    return facts;
  }

  byte[] bytes() {
    return Packed.bytes(this::write);
  }

  private void write(DataOutputStream out) throws IOException {
    out.writeLong(next);
    out.writeBoolean(last != null);
    if (last != null) {
      out.writeShort(last.risk);
      out.writeShort(last.basis);
      out.writeUTF(last.name);
      out.writeUTF(last.district);
      out.writeUTF(last.industry);
    }
    out.writeInt(entries.size());
    for (Entry entry : entries) {
      out.writeUTF(entry.id);
      out.writeLong(entry.version);
      out.writeUTF(entry.content);
      out.writeLong(entry.known);
      out.writeLong(entry.dated);
      out.writeBoolean(entry.gone);
      out.writeLong(entry.until);
      out.writeByte(entry.hits.length);
      for (int hit : entry.hits) out.writeShort(hit);
      out.writeByte(entry.facts == null ? -1 : entry.facts.size());
      if (entry.facts == null) continue;
      for (Map.Entry<String, String> fact : entry.facts.entrySet()) {
        out.writeUTF(fact.getKey());
        out.writeUTF(fact.getValue());
      }
    }
  }

  static Enterprise read(DataInputStream in) throws IOException {
    Enterprise enterprise = new Enterprise();
    enterprise.next = in.readLong();
    if (in.readBoolean()) {
      enterprise.last = new Last(in.readShort(), in.readShort(), in.readUTF(), in.readUTF(), in.readUTF());
    }
    for (int left = in.readInt(); left > 0; left--) {
      Entry entry = new Entry();
      entry.id = in.readUTF();
      entry.version = in.readLong();
      entry.content = in.readUTF();
      entry.known = in.readLong();
      entry.dated = in.readLong();
      entry.gone = in.readBoolean();
      entry.until = in.readLong();
      entry.hits = new int[in.readByte()];
      for (int i = 0; i < entry.hits.length; i++) entry.hits[i] = in.readShort();
      int facts = in.readByte();
      if (facts >= 0) entry.facts = new HashMap<>();
      for (int i = 0; i < facts; i++) entry.facts.put(in.readUTF(), in.readUTF());
      enterprise.entries.add(entry);
    }
    return enterprise;
  }
}
