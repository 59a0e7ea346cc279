import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusal } from '../../core/errors.ts'

/**
 * The text after a person has edited it in `$EDITOR`; `undefined` where nothing was changed. The file is readable by its
 * user alone and gone when this resolves.
 */
export async function mendInEditor(text: string, format: string): Promise<string | undefined> {
  const editor = process.env.VISUAL || process.env.EDITOR
  if (editor === undefined || editor === '') {
    throw new Refusal({
      zh: '请在 EDITOR 中设置编辑器,或用 rejects replay --with 文件',
      en: 'Set EDITOR to the editor of your choice, or use rejects replay --with FILE.',
    })
  }
  const folder = mkdtempSync(join(tmpdir(), 'fengsui-mend-'))
  const file = join(folder, `reject.${format}`)
  try {
    writeFileSync(file, text, { mode: 0o600 })
    // EDITOR may carry options of its own, so a shell takes it apart; the file's name is an argument, never its text.
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
    const [code] = await once(child, 'close')
    if (code !== 0)
      throw new Refusal({
        zh: `编辑器以 ${code} 结束,未重放任何内容`,
        en: `The editor ended with ${code}: nothing was replayed.`,
      })
    const mended = readFileSync(file, 'utf8')
    return mended === text ? undefined : mended
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
