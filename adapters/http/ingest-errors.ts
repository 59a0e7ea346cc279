import { type Bilingual, joined } from '../../core/bilingual.ts'

/** Why the front door refuses a request: a closed set, also the label of its metric. */
export type IngestRefusal =
  | 'wrong-key'
  | 'not-your-feed'
  | 'unknown-feed'
  | 'too-large'
  | 'unsupported-content'
  | 'wrong-content'
  | 'bad-progress'
  | 'bad-request'
  | 'unknown-certificate'
  | 'unreadable-archive'
  | 'unpacks-too-far'
  | 'too-many-requests'
  | 'too-many-connections'
  | 'headers-too-large'
  | 'too-slow'
  | 'back-pressure'
  | 'log-unavailable'
  | 'wrong-operator-key'
  | 'needs-steward'
  | 'needs-policy-officer'
  | 'unknown-reject'
  | 'bad-order'
  | 'unknown-path'
  | 'internal'

const REFUSALS: Readonly<Record<IngestRefusal, { readonly status: number; readonly text: Bilingual }>> = {
  'wrong-key': {
    status: 401,
    text: {
      zh: '数据源密钥缺失或不正确。请在请求头 Authorization: Bearer 后填写该数据源的密钥（DATA/keys/feeds.json）。',
      en: 'The feed key is missing or wrong: send it as Authorization: Bearer (DATA/keys/feeds.json).',
    },
  },
  'not-your-feed': {
    status: 403,
    text: {
      zh: '该密钥只能声明自己数据源的进度。请在 feeds 中只写该数据源。',
      en: 'This key speaks for its own feed only: name that feed alone in feeds.',
    },
  },
  'unknown-feed': {
    status: 404,
    text: {
      zh: '没有这个数据域或数据源。请核对地址 /ingest/{数据域}/{数据源}。',
      en: 'There is no such realm or feed: check the address /ingest/{realm}/{feed}.',
    },
  },
  'too-large': {
    status: 413,
    text: {
      zh: '请求体超过 32 MB。请分成较小的部分发送，重复发送不会重复入库。',
      en: 'The body is over 32 MB: send it in parts; sending a record twice does no harm.',
    },
  },
  'unsupported-content': {
    status: 415,
    text: {
      zh: '内容类型必须是 text/csv、application/x-ndjson、application/json、application/xml、Excel 工作簿或 application/zip，可用 gzip 压缩，字符集为 UTF-8 或 GB18030。',
      en: 'The content type has to be text/csv, application/x-ndjson, application/json, application/xml, that of an Excel workbook or application/zip, as it is or in gzip, in UTF-8 or GB18030.',
    },
  },
  'wrong-content': {
    status: 400,
    text: {
      zh: '内容与声明的类型或编码不符,未作处理。',
      en: 'The content is not what it is said to be; nothing was taken.',
    },
  },
  'bad-progress': {
    status: 400,
    text: {
      zh: '进度必须是 JSON：{"until": UTC 毫秒, "feeds": [数据源], "closed": true|false}；实时数据域的 until 不得晚于现在。',
      en: 'Progress is JSON: {"until": UTC milliseconds, "feeds": [feed], "closed": true|false}; in a live realm until is not after now.',
    },
  },
  'bad-request': { status: 400, text: { zh: '请求不完整或格式错误。', en: 'The request is incomplete or malformed.' } },
  'unknown-certificate': {
    status: 403,
    text: {
      zh: '该客户端证书未获准接入任何数据源。请让管理员在 DATA/keys/certificates.json 中登记其通用名（CN）。',
      en: 'This client certificate is good for no feed: have its common name entered in DATA/keys/certificates.json.',
    },
  },
  'unreadable-archive': {
    status: 400,
    text: {
      zh: '压缩包损坏、加密或层层嵌套，无法读取。请重新打包发送，重复发送不会重复入库。',
      en: 'The archive is damaged, encrypted or within another one: pack it again; sending a record twice does no harm.',
    },
  },
  'unpacks-too-far': {
    status: 413,
    text: {
      zh: '压缩包解压后超过 1 GB 或超过原大小的 200 倍，未作处理。请分成较小的部分发送。',
      en: 'The archive unpacks to more than 1 GB or 200 times its size and was not taken: send it in smaller parts.',
    },
  },
  'too-many-requests': {
    status: 429,
    text: {
      zh: '该数据源的请求过于频繁。请按 Retry-After 的秒数稍后重发，或把多条记录合为一次发送。',
      en: 'Too many requests for this feed: send again after the seconds in Retry-After, or more records at once.',
    },
  },
  'too-many-connections': {
    status: 503,
    text: {
      zh: '连接数已满。请按 Retry-After 的秒数稍后重连，并复用连接。',
      en: 'There are too many connections: come back after the seconds in Retry-After, and use a connection again.',
    },
  },
  'headers-too-large': {
    status: 431,
    text: { zh: '请求头超过 16 KB。', en: 'The request has more than 16 KB of headers.' },
  },
  'too-slow': {
    status: 408,
    text: {
      zh: '请求未在规定时间内发完：请求头 10 秒，全部 5 分钟。请重发。',
      en: 'The request did not come in whole: its headers have 10 seconds, all of it 5 minutes. Send it again.',
    },
  },
  'back-pressure': {
    status: 429,
    text: {
      zh: '系统正在处理积压数据。请按 Retry-After 的秒数稍后重发。',
      en: 'The system is working through a backlog: send again after the seconds in Retry-After.',
    },
  },
  'log-unavailable': {
    status: 503,
    text: {
      zh: '日志暂时不可用，本次数据未确认。请稍后重发，重复发送不会重复入库。',
      en: 'The log is not available just now and nothing was confirmed: send again; sending a record twice does no harm.',
    },
  },
  'wrong-operator-key': {
    status: 401,
    text: {
      zh: '管理密钥缺失或不正确。请在请求头 Authorization: Bearer 后填写经办人密钥(fengsui operators add),或 DATA/keys/operator.txt 中的密钥。',
      en: 'The operator key is missing or wrong: send your own (fengsui operators add), or that of DATA/keys/operator.txt, as Authorization: Bearer.',
    },
  },
  'needs-steward': {
    status: 403,
    text: {
      zh: '此操作需要数据专员权限(steward),该密钥没有。请由有权限的经办人办理,或用 fengsui operators add 发放。',
      en: 'This is for a data steward, and the key has not that right (steward): ask somebody who has, or give it with fengsui operators add.',
    },
  },
  'needs-policy-officer': {
    status: 403,
    text: {
      zh: '此操作需要规则专员权限(policy),该密钥没有。请由有权限的经办人办理,或用 fengsui operators add 发放。',
      en: 'This is for a policy officer, and the key has not that right (policy): ask somebody who has, or give it with fengsui operators add.',
    },
  },
  'unknown-reject': {
    status: 404,
    text: {
      zh: '没有这条退回记录，或其原文已到期删除。',
      en: 'There is no such reject, or its bytes have reached their end date.',
    },
  },
  'bad-order': {
    status: 400,
    text: {
      zh: '请求的参数不正确。请核对字段名与取值。',
      en: 'The order cannot be read: check the names and values of its fields.',
    },
  },
  'unknown-path': {
    status: 404,
    text: {
      zh: '没有这个地址。数据请发送到 POST /ingest/{数据域}/{数据源}。',
      en: 'There is nothing at this address: records go to POST /ingest/{realm}/{feed}.',
    },
  },
  internal: {
    status: 500,
    text: { zh: '系统内部错误，本次数据未确认。请重发。', en: 'Internal error, nothing was confirmed: send again.' },
  },
}

/** Thrown by handlers, answered as JSON. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest'
  readonly refusal: IngestRefusal
  readonly status: number
  /** Seconds, where trying again makes sense. */
  readonly retryAfter: number | undefined
  /** What is wrong with this very request. */
  readonly text: Bilingual
  constructor(
    refusal: IngestRefusal,
    options: { readonly retryAfter?: number; readonly cause?: unknown; readonly detail?: Bilingual } = {},
  ) {
    const { status, text } = REFUSALS[refusal]
    const whole = options.detail === undefined ? text : joined([text, options.detail], ' ')
    super(whole.en, { cause: options.cause })
    this.refusal = refusal
    this.status = status
    this.text = whole
    this.retryAfter = options.retryAfter
  }

  body(): { error: Bilingual & { reason: IngestRefusal } } {
    return { error: { ...this.text, reason: this.refusal } }
  }
}
