import type { Bilingual } from '../../core/bilingual.ts'

/**
 * What a GB/T 28181 alarm says, by AlarmMethod and AlarmType. GB/T 28181-2016, A.2.5 (alarm notification); type 13 of
 * method 5 came with the edition of 2022. `about`: a fault of the device itself says nothing of what it looks at.
 */
export interface Gbt28181Alarm extends Bilingual {
  readonly alarm: string
  readonly about: 'scene' | 'device'
}

type ByCode = Readonly<Record<string, Gbt28181Alarm>>

const METHODS: ByCode = {
  '1': { alarm: 'phone', about: 'scene', zh: '电话报警', en: 'Alarm by telephone' },
  '2': { alarm: 'device', about: 'device', zh: '设备报警', en: 'Alarm of the device' },
  '3': { alarm: 'message', about: 'scene', zh: '短信报警', en: 'Alarm by text message' },
  '4': { alarm: 'position', about: 'scene', zh: 'GPS 报警', en: 'Alarm by position' },
  '5': { alarm: 'video', about: 'scene', zh: '视频报警', en: 'Alarm of the picture' },
  '6': { alarm: 'fault', about: 'device', zh: '设备故障报警', en: 'Fault of the device' },
  '7': { alarm: 'other', about: 'scene', zh: '其他报警', en: 'Other alarm' },
}

const TYPES: ByCode = {
  '2/1': { alarm: 'device.video-lost', about: 'device', zh: '视频丢失', en: 'Picture lost' },
  '2/2': { alarm: 'device.tampered', about: 'device', zh: '设备防拆', en: 'Device tampered with' },
  '2/3': { alarm: 'device.disk-full', about: 'device', zh: '存储设备磁盘满', en: 'Disk full' },
  '2/4': { alarm: 'device.hot', about: 'device', zh: '设备高温', en: 'Device too hot' },
  '2/5': { alarm: 'device.cold', about: 'device', zh: '设备低温', en: 'Device too cold' },
  '5/1': { alarm: 'video.manual', about: 'scene', zh: '人工视频报警', en: 'Raised by a person who watched' },
  '5/2': { alarm: 'video.motion', about: 'scene', zh: '运动目标检测', en: 'Moving object' },
  '5/3': { alarm: 'video.left-behind', about: 'scene', zh: '遗留物检测', en: 'Object left behind' },
  '5/4': { alarm: 'video.removed', about: 'scene', zh: '物体移除检测', en: 'Object removed' },
  '5/5': { alarm: 'video.line-crossed', about: 'scene', zh: '绊线检测', en: 'Line crossed' },
  '5/6': { alarm: 'video.intrusion', about: 'scene', zh: '入侵检测', en: 'Intrusion' },
  '5/7': { alarm: 'video.wrong-way', about: 'scene', zh: '逆行检测', en: 'Wrong way' },
  '5/8': { alarm: 'video.loitering', about: 'scene', zh: '徘徊检测', en: 'Loitering' },
  '5/9': { alarm: 'video.flow', about: 'scene', zh: '流量统计', en: 'Flow' },
  '5/10': { alarm: 'video.crowding', about: 'scene', zh: '密度检测', en: 'Crowding' },
  '5/11': { alarm: 'video.abnormal', about: 'device', zh: '视频异常检测', en: 'Abnormal picture' },
  '5/12': { alarm: 'video.fast', about: 'scene', zh: '快速移动', en: 'Fast movement' },
  '5/13': { alarm: 'video.covered', about: 'device', zh: '图像遮挡', en: 'Picture covered' },
  '6/1': { alarm: 'fault.disk', about: 'device', zh: '存储设备磁盘故障', en: 'Disk failed' },
  '6/2': { alarm: 'fault.fan', about: 'device', zh: '存储设备风扇故障', en: 'Fan failed' },
}

const UNKNOWN: Gbt28181Alarm = { alarm: 'unknown', about: 'scene', zh: '未知报警', en: 'Unknown alarm' }

/** The most exact entry there is for two codes, each as text without leading zeros. */
export function gbt28181Alarm(method: string, type: string): Gbt28181Alarm {
  return TYPES[`${method}/${type}`] ?? METHODS[method] ?? UNKNOWN
}
