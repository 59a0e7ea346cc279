import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFolderSource } from '../adapters/files/folder-source.ts'
import { createPullSource } from '../adapters/http/pull-source.ts'
import { createBucketSource } from '../adapters/s3/bucket-source.ts'
import { createSftpSource } from '../adapters/sftp/sftp-source.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { Refusal } from '../core/errors.ts'
import type { SourcePolicy } from '../core/feed-policy.ts'
import type { FileSource } from '../ingest/sources/file-source.ts'

const SFTP_PORT = 22

/** Errors: `Refusal` where the secret that the policy names is not there. */
export function openSource(policy: SourcePolicy, secretsFolder: string): FileSource {
  const secret = policy.secret === undefined ? undefined : readSecret(secretsFolder, policy.secret)
  switch (policy.kind) {
    case 'folder':
      return createFolderSource({ folder: policy.path, clock: systemClock })
    case 'http':
      return createPullSource({
        url: policy.url,
        cursorParameter: policy.cursorParameter,
        cursorHeader: policy.cursorHeader,
        authorization: secret,
      })
    case 's3':
      return createBucketSource({ ...policy, prefix: policy.prefix, secret: needed(secret, policy) })
    case 'sftp':
      return createSftpSource({ ...policy, port: policy.port ?? SFTP_PORT, secret: needed(secret, policy) })
  }
}

function needed(secret: string | undefined, { kind }: SourcePolicy): string {
  if (secret === undefined)
    throw new Refusal({
      zh: `类型为 ${kind} 的来源须有密钥,请在规则中写明其名称`,
      en: `A source of kind ${kind} needs a secret: name it in its policy.`,
    })
  return secret
}

function readSecret(folder: string, name: string): string {
  const file = join(folder, name)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new Refusal(
      {
        zh: `缺少来源密钥 ${name},请写入 ${file},并只允许当前用户读取`,
        en: `The secret ${name} of a source is missing: put it into ${file}, readable by this user alone.`,
      },
      {
        cause,
      },
    )
  }
}
