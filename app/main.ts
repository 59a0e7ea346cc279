import { runCommandLine } from './command-line.ts'

const streams = [process.stdout, process.stderr]
// Whoever reads the output may have seen enough, as `head` has: the work is ended in order all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
const code = await runCommandLine(process.argv.slice(2), process.env)
// All was stopped in order. What a library forgot, a timer or a connection kept for later, must not hold the prompt back.
await Promise.all(streams.map((stream) => new Promise<void>((written) => stream.write('', () => written()))))
process.exit(code)
