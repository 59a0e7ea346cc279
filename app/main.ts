import { runCommandLine } from './command-line.ts'

process.exitCode = await runCommandLine(process.argv.slice(2), process.env)
// What keeps sockets open has been closed by then; a library's forgotten timer must not hold the shell's prompt back.
setTimeout(() => process.exit(), 500).unref()
