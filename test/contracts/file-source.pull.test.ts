import { createPullSource } from '../../adapters/http/pull-source.ts'
import { serve } from '../support/file-server.ts'
import { fileSourceContract } from './file-source.contract.ts'

/** A server that answers with one file after the other, and says in a header from where on to ask. */
fileSourceContract('an address that is pulled', async () => {
  const answers: Uint8Array[] = []
  const server = await serve((request, response) => {
    if (request.headers.authorization !== 'Bearer right') return response.writeHead(401).end()
    const at = Number(new URL(request.url ?? '', 'http://here').searchParams.get('since') ?? 0)
    const answer = answers[at]
    if (answer === undefined) return response.writeHead(204).end()
    return response.writeHead(200, { 'x-next': String(at + 1) }).end(answer)
  })
  return {
    async put(_name, content) {
      answers.push(content)
    },
    open: ({ wrongSecret = false } = {}) =>
      createPullSource({
        url: `${server.url}/export.csv`,
        cursorParameter: 'since',
        cursorHeader: 'x-next',
        authorization: wrongSecret ? 'Bearer wrong' : 'Bearer right',
      }),
    rest: () => undefined,
    goAway: () => server.stop(),
    stop: () => server.stop(),
  }
})
