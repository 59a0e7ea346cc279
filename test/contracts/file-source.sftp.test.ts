import { describe, expect, it } from 'vitest'
import { createSftpSource } from '../../adapters/sftp/sftp-source.ts'
import { startSftpServer } from '../support/sftp-server.ts'
import { fileSourceContract } from './file-source.contract.ts'

type Server = Awaited<ReturnType<typeof startSftpServer>>

function sourceOf({ port, hostKey, folder }: Server, secret: string) {
  return createSftpSource({ host: '127.0.0.1', port, user: 'reader', folder, hostKey, secret })
}

fileSourceContract('a folder on an SFTP server', async () => {
  const server = await startSftpServer('right')
  return {
    async put(name, content) {
      server.put(name, content)
    },
    open: ({ wrongSecret = false } = {}) => sourceOf(server, wrongSecret ? 'wrong' : 'right'),
    rest: () => undefined,
    goAway: () => server.stop(),
    stop: () => server.stop(),
  }
})

describe('an SFTP server', () => {
  it('that is not the one the policy names is told nothing', async () => {
    const server = await startSftpServer('right')
    const other = createSftpSource({
      host: '127.0.0.1',
      port: server.port,
      user: 'reader',
      folder: server.folder,
      hostKey: 'A'.repeat(43),
      secret: 'right',
    })
    await expect(other.find(undefined)).rejects.toThrow(/another key/)
    await other.close()
    await server.stop()
  })
})
