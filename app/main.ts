import { runCommandLine } from './command-line.ts'

// Whoever reads the output may have seen enough, as `head` has: the work is ended in order all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
process.exitCode = await runCommandLine(process.argv.slice(2), process.env)
// What keeps sockets open has been closed by then; a library's forgotten timer must not hold the shell's prompt back.
setTimeout(() => process.exit(), 500).unref()
