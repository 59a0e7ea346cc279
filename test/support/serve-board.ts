/**
 * Serves the wall over a made-up city that changes twice a second, for looking at it:
 * `npx vite build --config dashboards/web/vite.config.ts && npx tsx test/support/serve-board.ts [port] [--still]`
 */
import { createMemoryPresent } from '../../adapters/memory/present.ts'
import { putFixture } from './board-fixture.ts'
import { startFixtureServer } from './board-server.ts'

const port = Number(process.argv[2] ?? 8790)
const present = createMemoryPresent()
await putFixture(present, 0, Date.now())
const server = await startFixtureServer({ present, port })
process.stdout.write(`${server.url}\n`)
let step = 1
if (!process.argv.includes('--still')) setInterval(() => void putFixture(present, step++, Date.now()), 500)
