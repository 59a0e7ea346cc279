import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** State as bytes for its store: written field by field, no names, no reflection. */
final class Packed {
  interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  interface Reader<Value> {
    Value read(DataInputStream in) throws IOException;
  }

  private Packed() { }

  static byte[] bytes(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try {
      writer.write(new DataOutputStream(bytes));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return bytes.toByteArray();
  }

  static <Value> Value read(byte[] bytes, Reader<Value> reader) {
    try {
      return reader.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
