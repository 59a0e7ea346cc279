import type { Bilingual } from '../core/bilingual.ts'
import { Refusal } from '../core/errors.ts'
import { SHARDS } from '../core/shard.ts'

export const ROLES = ['ingest', 'process', 'alert', 'inspect', 'board', 'receiver'] as const
export type Role = (typeof ROLES)[number]

/** All that the environment decides; read once, at the entry, and passed on as values. */
export interface Config {
  readonly dataFolder: string
  readonly host: string
  readonly boardPort: number
  readonly ingestPort: number
  readonly mqttPort: number
  readonly receiverPort: number
  /** Ports of the doors for devices; closed where absent. */
  readonly hj212Port: number | undefined
  readonly gb26875Port: number | undefined
  /** Signalling of GB/T 28181, and the view library of GA/T 1400; closed where absent. */
  readonly sipPort: number | undefined
  readonly viidPort: number | undefined
  /** The platform's own 20 digits in both. */
  readonly platformId: string
  /** The front door over TLS; absent where no certificate is named. */
  readonly tls: TlsConfig | undefined
  readonly feedRate: number
  readonly connections: number
  /** Where files are dropped, by realm and feed; `drop` in the data folder by default. */
  readonly dropFolder: string | undefined
  /** Where the secrets of sources lie, a file each; `keys/sources` in the data folder by default. */
  readonly secretsFolder: string | undefined
  readonly log: 'redis' | 'kafka'
  readonly kafkaBrokers: readonly string[]
  readonly kafkaReplication: number
  readonly logRedisUrl: string | undefined
  readonly presentRedisUrl: string | undefined
  readonly clickhouseUrl: string | undefined
  readonly clickhouseUser: string
  readonly clickhousePassword: string
  readonly clickhouseDatabase: string
  /** A broker of the site; without one the ingest role carries an embedded broker. */
  readonly mqttUrl: string | undefined
  readonly mqttTls: ClientTlsConfig
  /** A file that names topics of other systems as feeds. */
  readonly kafkaFeeds: string | undefined
  /** What the commands of a named operator prove themselves with; the site's first key where absent. */
  readonly operatorKey: string | undefined
  /** Bytes of each realm that the log holds at most; senders are held back at half of it. */
  readonly logBoundBytes: number
  readonly receiverUrl: string | undefined
  readonly appendfsync: 'always' | 'everysec'
  readonly logLevel: string
  readonly shards: readonly number[]
}

/** Files in PEM. */
export interface TlsConfig {
  readonly port: number
  /** Of the embedded MQTT broker. */
  readonly mqttPort: number
  readonly certificate: string
  readonly key: string
  /** With it, senders need a certificate of this authority. */
  readonly clientAuthority: string | undefined
}

/** Files in PEM, for a broker of the site over TLS: absent where the world's authorities and a password are enough. */
export interface ClientTlsConfig {
  readonly authority: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
}

/** Every variable that is read, with what it means. */
export const ENVIRONMENT: Readonly<Record<string, Bilingual>> = {
  FENGSUI_DATA: { zh: '数据目录', en: 'the data folder' },
  FENGSUI_HOST: { zh: '监听地址,默认 127.0.0.1', en: 'address to listen on, 127.0.0.1 by default' },
  FENGSUI_PORT: { zh: '看板端口,默认 8480', en: 'port of the board, 8480 by default' },
  FENGSUI_INGEST_PORT: { zh: '接入端口,默认 8481', en: 'port of the front door for feeds, 8481 by default' },
  FENGSUI_MQTT_PORT: { zh: '内置 MQTT 端口,默认 8483', en: 'port of the embedded MQTT broker, 8483 by default' },
  FENGSUI_HJ212_PORT: {
    zh: '污染源监测设备(HJ 212)TCP 端口,默认不开',
    en: 'TCP port for pollution monitors (HJ 212), closed by default',
  },
  FENGSUI_GB26875_PORT: {
    zh: '消防传输装置(GB/T 26875.3)TCP 端口,默认不开',
    en: 'TCP port for fire transmitters (GB/T 26875.3), closed by default',
  },
  FENGSUI_TLS_PORT: { zh: '接入 TLS 端口,默认 8484', en: 'port of the front door over TLS, 8484 by default' },
  FENGSUI_MQTT_TLS_PORT: {
    zh: '内置 MQTT 的 TLS 端口,默认 8485',
    en: 'port of the embedded MQTT broker over TLS, 8485 by default',
  },
  FENGSUI_TLS_CERT: { zh: '接入 TLS 证书文件', en: 'its certificate, a PEM file' },
  FENGSUI_TLS_KEY: { zh: '接入 TLS 私钥文件', en: 'the key of its certificate, a PEM file' },
  FENGSUI_TLS_CLIENT_CA: {
    zh: '客户端证书的签发机构,设置后须凭证书接入',
    en: 'the authority of client certificates; with it, senders need one',
  },
  FENGSUI_FEED_RATE: { zh: '每个数据源每秒请求数,默认 2000', en: 'requests a second of one feed, 2000 by default' },
  FENGSUI_CONNECTIONS: { zh: '接入连接数上限,默认 1024', en: 'connections of a front door, 1024 by default' },
  FENGSUI_DROP: { zh: '文件投放目录', en: 'the folder into which files are dropped' },
  FENGSUI_SECRETS: { zh: '来源密钥目录', en: 'the folder of the secrets of sources' },
  FENGSUI_RECEIVER_PORT: { zh: '演示接收端端口,默认 8482', en: 'port of the demonstration receiver, 8482 by default' },
  FENGSUI_SIP_PORT: {
    zh: 'GB/T 28181 信令端口,默认关闭',
    en: 'GB/T 28181 signalling, UDP and TCP; none: closed',
  },
  FENGSUI_VIID_PORT: { zh: 'GA/T 1400 端口,默认关闭', en: 'GA/T 1400 view library; none: closed' },
  FENGSUI_PLATFORM_ID: { zh: '本平台 20 位国标编码', en: 'the 20 digits of this platform in both' },
  FENGSUI_RECEIVER_URL: { zh: '预警通知的接收地址', en: 'where notices are delivered' },
  FENGSUI_LOG: { zh: '事件日志:redis 或 kafka', en: 'the event log: redis or kafka' },
  FENGSUI_APPENDFSYNC: { zh: '日志落盘:always 或 everysec', en: 'when the log is synced: always or everysec' },
  FENGSUI_LOG_LEVEL: { zh: '运行日志级别', en: 'level of the operating log' },
  FENGSUI_SHARDS: { zh: '本进程承担的分片,如 0-31', en: 'shards that this process carries, like 0-31' },
  KAFKA_BROKERS: { zh: 'Kafka 地址,逗号分隔', en: 'Kafka brokers, separated by commas' },
  KAFKA_REPLICATION: { zh: 'Kafka 主题副本数,默认 1', en: 'replication of Kafka topics, 1 by default' },
  LOG_REDIS_URL: { zh: '日志与去重索引所用 Redis', en: 'Redis of the log and of the record index' },
  PRESENT_REDIS_URL: { zh: '现状与任务所用 Redis', en: 'Redis of the present and of the jobs' },
  CLICKHOUSE_URL: { zh: 'ClickHouse 地址', en: 'the ClickHouse server' },
  CLICKHOUSE_USER: { zh: 'ClickHouse 用户', en: 'its user' },
  CLICKHOUSE_PASSWORD: { zh: 'ClickHouse 密码', en: 'its password' },
  CLICKHOUSE_DATABASE: { zh: 'ClickHouse 数据库,默认 fengsui', en: 'its database, fengsui by default' },
  MQTT_URL: { zh: '外部 MQTT 服务地址,mqtt:// 或 mqtts://', en: 'an MQTT broker of the site, mqtt:// or mqtts://' },
  MQTT_CA: { zh: '其证书的签发机构(PEM 文件)', en: 'the authority of its certificate, a PEM file' },
  MQTT_CERT: { zh: '向其出示的客户端证书(PEM 文件)', en: 'the certificate that is shown to it, a PEM file' },
  MQTT_KEY: { zh: '该证书的私钥(PEM 文件)', en: 'the key of that certificate, a PEM file' },
  FENGSUI_OPERATOR_KEY: { zh: '经办人密钥,用于命令行', en: 'the key of the operator whose commands these are' },
  FENGSUI_KAFKA_FEEDS: { zh: 'Kafka 数据源配置文件', en: 'file naming Kafka topics as feeds' },
  FENGSUI_LOG_BOUND_MB: { zh: '每数据域日志上限 MB,默认 2048', en: 'bound of a realm’s log in MB, 2048 by default' },
}

/** Errors: `Refusal` naming the variable whose value cannot be used. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const text = (name: keyof typeof ENVIRONMENT): string | undefined => {
    const value = environment[name]?.trim()
    return value === undefined || value === '' ? undefined : value
  }
  const port = (name: string, otherwise: number) => readNumber(name, text(name), otherwise, 0, 65_535)
  const optionalPort = (name: string) => (text(name) === undefined ? undefined : port(name, 0))
  const log = oneOf('FENGSUI_LOG', text('FENGSUI_LOG'), ['redis', 'kafka'] as const)
  const kafkaBrokers = (text('KAFKA_BROKERS') ?? '').split(',').filter((broker) => broker !== '')
  if (log === 'kafka' && kafkaBrokers.length === 0)
    throw new Refusal({
      zh: 'FENGSUI_LOG 为 kafka,请在 KAFKA_BROKERS 中写明节点',
      en: 'FENGSUI_LOG is kafka: name its brokers in KAFKA_BROKERS.',
    })
  return {
    dataFolder: text('FENGSUI_DATA') ?? '.fengsui',
    host: text('FENGSUI_HOST') ?? '127.0.0.1',
    boardPort: port('FENGSUI_PORT', 8480),
    ingestPort: port('FENGSUI_INGEST_PORT', 8481),
    receiverPort: port('FENGSUI_RECEIVER_PORT', 8482),
    mqttPort: port('FENGSUI_MQTT_PORT', 8483),
    hj212Port: optionalPort('FENGSUI_HJ212_PORT'),
    gb26875Port: optionalPort('FENGSUI_GB26875_PORT'),
    sipPort: optionalPort('FENGSUI_SIP_PORT'),
    viidPort: optionalPort('FENGSUI_VIID_PORT'),
    platformId: readPlatformId(text('FENGSUI_PLATFORM_ID')),
    tls: readTls(text, port),
    feedRate: readNumber('FENGSUI_FEED_RATE', text('FENGSUI_FEED_RATE'), 2_000, 1, 1_000_000),
    connections: readNumber('FENGSUI_CONNECTIONS', text('FENGSUI_CONNECTIONS'), 1_024, 1, 65_535),
    dropFolder: text('FENGSUI_DROP'),
    secretsFolder: text('FENGSUI_SECRETS'),
    log,
    kafkaBrokers,
    kafkaReplication: readNumber('KAFKA_REPLICATION', text('KAFKA_REPLICATION'), 1, 1, 9),
    logRedisUrl: text('LOG_REDIS_URL'),
    presentRedisUrl: text('PRESENT_REDIS_URL'),
    clickhouseUrl: text('CLICKHOUSE_URL'),
    clickhouseUser: text('CLICKHOUSE_USER') ?? 'default',
    clickhousePassword: text('CLICKHOUSE_PASSWORD') ?? '',
    clickhouseDatabase: text('CLICKHOUSE_DATABASE') ?? 'fengsui',
    mqttUrl: text('MQTT_URL'),
    mqttTls: readClientTls(text),
    kafkaFeeds: text('FENGSUI_KAFKA_FEEDS'),
    operatorKey: text('FENGSUI_OPERATOR_KEY'),
    logBoundBytes: readNumber('FENGSUI_LOG_BOUND_MB', text('FENGSUI_LOG_BOUND_MB'), 2048, 1, 65_536) * 1024 ** 2,
    receiverUrl: text('FENGSUI_RECEIVER_URL'),
    appendfsync: oneOf('FENGSUI_APPENDFSYNC', text('FENGSUI_APPENDFSYNC'), ['always', 'everysec'] as const),
    logLevel: text('FENGSUI_LOG_LEVEL') ?? 'info',
    shards: readShards(text('FENGSUI_SHARDS')),
  }
}

function readTls(
  text: (name: string) => string | undefined,
  port: (name: string, otherwise: number) => number,
): TlsConfig | undefined {
  const certificate = text('FENGSUI_TLS_CERT')
  const key = text('FENGSUI_TLS_KEY')
  const clientAuthority = text('FENGSUI_TLS_CLIENT_CA')
  if (certificate === undefined && key === undefined && clientAuthority === undefined) return undefined
  if (certificate === undefined || key === undefined) {
    throw new Refusal({
      zh: 'TLS 入口须同时给出 FENGSUI_TLS_CERT 与 FENGSUI_TLS_KEY',
      en: 'The front door over TLS needs both FENGSUI_TLS_CERT and FENGSUI_TLS_KEY.',
    })
  }
  const ports = { port: port('FENGSUI_TLS_PORT', 8484), mqttPort: port('FENGSUI_MQTT_TLS_PORT', 8485) }
  return { ...ports, certificate, key, clientAuthority }
}

/** Whoever names certificates must not find out later that nothing was encrypted. */
function readClientTls(text: (name: string) => string | undefined): ClientTlsConfig {
  const [authority, certificate, key] = [text('MQTT_CA'), text('MQTT_CERT'), text('MQTT_KEY')]
  if ((certificate === undefined) !== (key === undefined)) {
    throw new Refusal({
      zh: 'MQTT 客户端证书须同时给出 MQTT_CERT 与 MQTT_KEY',
      en: 'A client certificate for the MQTT broker needs both MQTT_CERT and MQTT_KEY.',
    })
  }
  const isNamed = authority !== undefined || certificate !== undefined
  if (isNamed && text('MQTT_URL')?.startsWith('mqtts://') !== true) {
    throw new Refusal({
      zh: 'MQTT_CA 与 MQTT_CERT 用于 TLS,请在 MQTT_URL 中以 mqtts:// 写明地址',
      en: 'MQTT_CA and MQTT_CERT are for a broker over TLS: give its address in MQTT_URL as mqtts://.',
    })
  }
  return { authority, certificate, key }
}

function oneOf<const Choice extends string>(
  name: string,
  value: string | undefined,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  if (value === undefined) return choices[0]
  const found = choices.find((choice) => choice === value)
  if (found === undefined)
    throw new Refusal({
      zh: `${name} 的值是“${value}”,可为 ${choices.join(' 或 ')}`,
      en: `${name} is "${value}": it can be ${choices.join(' or ')}.`,
    })
  return found
}

function readNumber(name: string, value: string | undefined, otherwise: number, least: number, most: number): number {
  if (value === undefined) return otherwise
  const number = Number(value)
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new Refusal({
      zh: `${name} 的值是“${value}”,应为 ${least} 至 ${most} 的整数`,
      en: `${name} is "${value}": it must be a whole number from ${least} to ${most}.`,
    })
  }
  return number
}

/** Taiyuan's region, an industry code of 00, type 200: a platform. */
const PLATFORM_ID = '14010000002000000001'

function readPlatformId(value: string | undefined): string {
  if (value === undefined || /^\d{20}$/.test(value)) return value ?? PLATFORM_ID
  throw new Refusal({
    zh: `FENGSUI_PLATFORM_ID 的值是“${value}”,应为 20 位数字`,
    en: `FENGSUI_PLATFORM_ID is "${value}": it has 20 digits.`,
  })
}

function readShards(value: string | undefined): readonly number[] {
  const [first, last] = value === undefined ? [0, SHARDS - 1] : value.split('-').map(Number)
  const end = last ?? first
  if (first === undefined || end === undefined || !(first >= 0) || !(end >= first) || !(end < SHARDS)) {
    throw new Refusal({
      zh: `FENGSUI_SHARDS 的值是“${value}”,应为 0-${SHARDS - 1} 之内的范围`,
      en: `FENGSUI_SHARDS is "${value}": give a range within 0-${SHARDS - 1}.`,
    })
  }
  return Array.from({ length: end - first + 1 }, (_, index) => first + index)
}
