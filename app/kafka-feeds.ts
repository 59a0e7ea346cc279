import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { asItIs, joined } from '../core/bilingual.ts'
import { Refusal } from '../core/errors.ts'
import { Compile, Type } from '../core/schema.ts'
import { shapeFaults } from '../core/shape-faults.ts'

/** A topic of another system that is a feed here; one entry of the file that `FENGSUI_KAFKA_FEEDS` names. */
export interface KafkaFeed {
  readonly realm: string
  readonly feed: string
  readonly brokers: readonly string[]
  readonly topic: string
  /** Under which name Kafka keeps how far it was read; `fengsui.{realm}.{feed}` by default. */
  readonly group: string
  readonly ssl: boolean
  readonly sasl: KafkaLogin | undefined
}

export interface KafkaLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

const text = Type.String({ minLength: 1, maxLength: 255 })
const closed = { additionalProperties: false }
const shape = Compile(
  Type.Array(
    Type.Object(
      {
        realm: text,
        feed: text,
        brokers: Type.Array(text, { minItems: 1 }),
        topic: text,
        group: Type.Optional(text),
        ssl: Type.Optional(Type.Boolean()),
        sasl: Type.Optional(
          Type.Object(
            {
              mechanism: Type.Union([
                Type.Literal('plain'),
                Type.Literal('scram-sha-256'),
                Type.Literal('scram-sha-512'),
              ]),
              username: text,
              passwordFile: text,
            },
            closed,
          ),
        ),
      },
      closed,
    ),
  ),
)

/** Passwords stand in files of their own, beside this one. Errors: `Refusal` naming the file and what is wrong in it. */
export function readKafkaFeeds(file: string): readonly KafkaFeed[] {
  const json = parse(file)
  if (!shape.Check(json)) {
    throw new Refusal(joined([asItIs(file), joined(shapeFaults(shape, json).slice(0, 5))], ': '))
  }
  return json.map(({ group, ssl, sasl, ...rest }) => ({
    ...rest,
    group: group ?? `fengsui.${rest.realm}.${rest.feed}`,
    ssl: ssl ?? false,
    sasl:
      sasl === undefined
        ? undefined
        : {
            mechanism: sasl.mechanism,
            username: sasl.username,
            password: readText(resolve(dirname(file), sasl.passwordFile)).trim(),
          },
  }))
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readText(file))
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Refusal(
        { zh: `${file} 不是 JSON:${error.message}`, en: `${file} is no JSON: ${error.message}` },
        { cause: error },
      )
    throw error
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Refusal(
      {
        zh: `无法读取 ${file}:${cause instanceof Error ? cause.message : cause}`,
        en: `${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      },
      { cause },
    )
  }
}
