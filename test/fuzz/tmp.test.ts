import { it } from 'vitest'
import { MESSAGING_DECODERS } from './messaging-decoders.ts'
import { runDecoder } from './run-decoder.ts'
it.each(MESSAGING_DECODERS)('$name', (d) => { process.stdout.write(JSON.stringify(runDecoder(d, { runs: Number(process.env.R ?? 20000), firstSeed: 0 })) + '\n') }, 3_600_000)
