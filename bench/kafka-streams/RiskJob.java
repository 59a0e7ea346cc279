import java.io.File;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The same job on Kafka Streams. Arguments: brokers, topic in, topic out, policy file, application id, processing
 * guarantee, state folder. Says `running` when it has its partitions.
 */
final class RiskJob {
  /** With exactly_once_v2 Kafka Streams commits every 100 ms unless told otherwise, else every 30 s: one figure for both. */
  private static final int COMMIT_MS = 1_000;
  private static final long CACHE_BYTES = 256L * 1024 * 1024;

  private RiskJob() { }

  public static void main(String[] arguments) throws Exception {
    Policy policy = new Policy(new File(arguments[3]));
    Topology topology = new Topology();
    topology.addSource("log", new ByteArrayDeserializer(), new ByteArrayDeserializer(), arguments[1]);
    topology.addProcessor("folds", () -> new ShardFolds(policy), "log");
    topology.addStateStore(store(ShardFolds.ENTERPRISES, Serdes.String()), "folds");
    topology.addStateStore(store(ShardFolds.SENSORS, Serdes.String()), "folds");
    topology.addStateStore(store(ShardFolds.WAITING, Serdes.Long()), "folds");
    topology.addSink("risk", arguments[2], new StringSerializer(), new ByteArraySerializer(), "folds");

    Properties settings = new Properties();
    settings.putAll(
        Map.of(
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0],
            StreamsConfig.APPLICATION_ID_CONFIG, arguments[4],
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG, arguments[5],
            StreamsConfig.STATE_DIR_CONFIG, arguments[6],
            StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1,
            StreamsConfig.REPLICATION_FACTOR_CONFIG, 1,
            StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_MS,
            StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES));
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    KafkaStreams streams = new KafkaStreams(topology, settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) System.out.println("running");
      if (now == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
    });
    streams.start();
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
  }

  /** On the heap, with its changes in a topic. */
  private static <Key> StoreBuilder<KeyValueStore<Key, byte[]>> store(String name, Serde<Key> key) {
    return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), key, Serdes.ByteArray()).withCachingEnabled();
  }
}
