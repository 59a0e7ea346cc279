import { Type } from '../../core/schema.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1, maxLength: 2000 })
const common = {
  everySeconds: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400 })),
  // Becomes the name of a file: no way out of its folder.
  secret: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' })),
}
const url = Type.String({ pattern: '^https?://[^\\s@]+$', maxLength: 2000 })

/** The section `source` of a feed policy. */
export const sourcePolicy = Type.Union([
  Type.Object({ kind: Type.Literal('folder'), path: text, ...common }, closed),
  Type.Object(
    {
      kind: Type.Literal('http'),
      url,
      cursorParameter: Type.Optional(text),
      cursorHeader: Type.Optional(text),
      ...common,
    },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal('s3'),
      endpoint: url,
      region: text,
      bucket: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,62}$' }),
      prefix: Type.Optional(text),
      ...common,
    },
    closed,
  ),
  Type.Object(
    {
      kind: Type.Literal('sftp'),
      host: text,
      port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
      user: text,
      folder: text,
      hostKey: Type.String({ pattern: '^[A-Za-z0-9+/]{43}$' }),
      ...common,
    },
    closed,
  ),
])
