import type { BenchContext } from './bench.ts'
import { countLines, freePort } from './devices.ts'
import { figureOf, type Outcome } from './figure.ts'
import { freshParts } from './parts.ts'
import type { CamerasResult, CamerasTask, Phase } from './sip-cameras-worker.ts'
import type { SipDoorResult, SipDoorTask } from './sip-door-worker.ts'
import { startWorker } from './workers.ts'

/** So many datagrams at once fit into what a kernel commonly holds for a socket (net.core.rmem_max). */
const CAMERAS = 200
const SET = 'city'
const REALM = 'city'
/** Requests of each camera for each second that the stretch should take. */
const KEEPALIVES_A_SECOND = 12
const ALARMS_A_SECOND = 5

interface Run {
  readonly cameras: CamerasResult
  readonly inLog: number
  readonly cpu: string
  readonly peakMebibytes: number
}

/** 200 cameras behind one address register, keep themselves known and raise alarms, against a door that asks and keeps nothing. */
export async function measureSip(context: BenchContext): Promise<readonly Outcome[]> {
  const each = {
    keepalives: Math.max(4, Math.round(context.seconds * KEEPALIVES_A_SECOND)),
    alarms: Math.max(2, Math.round(context.seconds * ALARMS_A_SECOND)),
  }
  context.announce(`devices.sip: the floor, ${CAMERAS} cameras`)
  const floor = await runCameras(context, each, true)
  context.announce('devices.sip: the door')
  const door = await runCameras(context, each, false)
  // A camera's first registration is an observation, its state, and so is each alarm.
  const isWhole = door.inLog === CAMERAS + door.cameras.alarms.answered
  const remark =
    `${CAMERAS} cameras on UDP, one request of each unanswered; ${door.inLog} observations in the log, ` +
    `${door.cameras.sentAgain} requests sent again (floor ${floor.cameras.sentAgain}); processor seconds: ${door.cpu}, ` +
    `at most ${Math.round(door.peakMebibytes)} MiB resident; floor: ${floor.cpu}`
  const figure = (name: 'registrations' | 'keepalives' | 'alarms', id: string, unit: string): Outcome =>
    figureOf({
      figure: `devices.sip.${id}`,
      value: rate(door.cameras[name]),
      unit,
      floor: { value: rate(floor.cameras[name]), unit },
      bar: { text: 'every alarm answered is in the log', meets: isWhole },
      remark: `p99 ${Math.round(door.cameras[name].p99Ms)} ms, of the floor ${Math.round(floor.cameras[name].p99Ms)} ms; ${remark}`,
    })
  return [
    figure('registrations', 'register', 'registrations/s'),
    figure('keepalives', 'keepalive', 'keepalives/s'),
    figure('alarms', 'alarm', 'alarms/s'),
  ]
}

function rate({ answered, seconds }: Phase): number {
  return answered / seconds
}

async function runCameras(
  context: BenchContext,
  each: Pick<CamerasTask, 'keepalives' | 'alarms'>,
  isFloor: boolean,
): Promise<Run> {
  const parts = await freshParts(context)
  try {
    await parts.ports.log.ends('observations', REALM)
    const port = await freePort()
    const answers = CAMERAS * (1 + each.keepalives + each.alarms)
    const place = { config: parts.config, policies: context.policies, set: SET, port }
    const door = await startWorker<SipDoorTask, SipDoorResult>(
      'sip-door-worker',
      { ...place, isFloor, answers },
      parts.lifecycle,
    )
    const cameras = await startWorker<CamerasTask, CamerasResult>(
      'sip-cameras-worker',
      { port, cameras: CAMERAS, ...each },
      parts.lifecycle,
    )
    const [kept, sent] = await Promise.all([door.go(), cameras.go()])
    if (sent.result === undefined || kept.result === undefined) throw new Error('a worker has found nothing')
    return {
      cameras: sent.result,
      inLog: await countLines(parts.ports.log),
      cpu: `door ${kept.cpuSeconds.toFixed(1)}, cameras ${sent.cpuSeconds.toFixed(1)}`,
      peakMebibytes: kept.result.peakMebibytes,
    }
  } finally {
    await parts.stop()
  }
}
