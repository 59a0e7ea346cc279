#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const main = new URL('../dist/app/main.js', import.meta.url)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `烽燧需要 Node.js 20.19 或更新版本 / Fengsui needs Node.js 20.19 or later; this is ${process.versions.node}.`,
  )
  process.exit(2)
}
if (!existsSync(fileURLToPath(main))) {
  console.error('尚未构建,请先运行 npm ci / Not built yet: run npm ci first.')
  process.exit(2)
}
await import(main.href)
