import type { FastifyReply } from 'fastify'
import type { Bilingual } from '../../core/bilingual.ts'

export const UNKNOWN_REALM: Bilingual = { zh: '没有这个数据域', en: 'There is no such realm' }
export const WHO: Bilingual = { zh: '没有经办人持有这个密钥', en: 'No operator has this key' }

/** Why something is refused, as whoever asked reads it. */
export function refuse(reply: FastifyReply, status: number, error: Bilingual): FastifyReply {
  return reply.code(status).send({ error })
}
