import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PATIENCE_MS } from './patience.ts'
import { until } from './until.ts'

/** A file system of its own (ext4 in a file) that can lose its power: what was not synced is gone, as on a real disk. */
export interface LoopDisk {
  /** Where it is mounted. */
  readonly folder: string
  /** From here on everything that reads or writes fails, and nothing more gets onto the disk. */
  cut(): void
  /** Mounted again, with what the disk has. Whoever used it must have ended. */
  again(): Promise<void>
  remove(): Promise<void>
}

/** Takes no room before it is written to. */
const BYTES = 16 * 1024 ** 3
/** FS_IOC_GOINGDOWN with NOLOGFLUSH, which Node cannot ask for: neither pages nor the journal are written. */
const GO_DOWN =
  'my $how = pack("L", 2); open(my $folder, "<", $ARGV[0]) or die $!; ioctl($folder, 0x8004587d, $how) or die $!'

export function createLoopDisk(): LoopDisk {
  const place = mkdtempSync(join(tmpdir(), 'fengsui-disk-'))
  const image = join(place, 'image')
  const folder = join(place, 'mounted')
  const mount = () => run('mount', ['-o', 'loop', image, folder])
  writeFileSync(image, '')
  truncateSync(image, BYTES)
  mkdirSync(folder)
  try {
    run('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=1,lazy_journal_init=1', image])
    mount()
  } catch (error) {
    rmSync(place, { recursive: true })
    throw error
  }
  const tryToUnmount = () => {
    run('umount', [folder])
    return true
  }
  const unmount = () => until('the disk to be let go', tryToUnmount, PATIENCE_MS)
  return {
    folder,
    cut: () => run('perl', ['-e', GO_DOWN, folder]),
    async again() {
      await unmount()
      mount()
    },
    async remove() {
      await unmount()
      rmSync(place, { recursive: true })
    },
  }
}

/** Why there can be no such disk here; `undefined` where there can. */
export async function whyNoLoopDisk(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'needs root'
  if (!existsSync('/dev/loop-control')) return 'needs loop devices: modprobe loop'
  try {
    const disk = createLoopDisk()
    disk.cut()
    await disk.remove()
    return undefined
  } catch (error) {
    return `needs mount, perl and mkfs.ext4 (apt-get install e2fsprogs), and the right to mount: ${error instanceof Error ? error.message.split('\n')[0] : error}`
  }
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
