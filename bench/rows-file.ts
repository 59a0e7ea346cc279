import { closeSync, openSync, writeSync } from 'node:fs'
import { madeUpCode, madeUpIdentityNumber, madeUpName, madeUpPerson } from '../simulation/identity.ts'

const HEADER =
  'CF_XDR_MC,CF_XDR_SHXYM,CF_FRDB,CF_FR_ZJHM,CF_WSH,CF_WFXW,CF_SY,CF_YJ,CF_CFLB,CF_NR,CF_NR_FK,CF_NR_WFFF,CF_JDRQ,CF_YXQ,CF_GSJZQ,CF_CFJG,CF_CFJGDM,CF_SJLY,CF_SJLYDM,BZ,DFBM,SJC'
const AUTHORITY = madeUpCode('11', '140100', 1)
const ENTERPRISES = 100_000
const ROWS_A_WRITE = 2_000

/** Penalties of the double publicity as one file, some 330 bytes a row, never held as a whole. Answers its bytes. */
export function writeRowsFile(path: string, rows: number): number {
  const file = openSync(path, 'w')
  let bytes = writeSync(file, `${HEADER}\n`)
  for (let from = 0; from < rows; from += ROWS_A_WRITE) {
    let text = ''
    for (let i = from; i < Math.min(rows, from + ROWS_A_WRITE); i++) text += `${line(i)}\n`
    bytes += writeSync(file, text)
  }
  closeSync(file)
  return bytes
}

function line(i: number): string {
  const enterprise = (i * 7919) % ENTERPRISES
  const day = `2026-01-${String((i % 28) + 1).padStart(2, '0')}`
  const fine = (i % 500) / 100
  const who = `${madeUpName(enterprise, '商务公司')},${madeUpCode('91', '140105', enterprise)},${madeUpPerson(enterprise)},${madeUpIdentityNumber(enterprise)}`
  const what = `并市罚〔2026〕${i}号,食品卫生,涉嫌食品卫生,有关法律法规,罚款,"罚款，${fine}万元",${fine},0`
  return `${who},${what},${day},2027-01-15,2027-01-15,市场监管局,${AUTHORITY},市场监管局,${AUTHORITY},,140105,${day} 11:45:01`
}
