import { describe, expect, it } from 'vitest'
import { gbk } from '../../test/support/gbk.ts'
import { alarmXml, keepaliveXml } from '../../test/support/manscdp.ts'
import { deviceStatusDocument, readManscdp } from './manscdp.ts'
import { readRows } from './row-reader.ts'

const CAMERA = '14010500001320000001'
const FEED = { format: 'gbt28181', required: ['device', 'time'] } as const
const fieldsOf = (bytes: Uint8Array | string) => {
  const [row] = readRows(FEED, Buffer.from(bytes))
  return row?.fields ?? row
}

describe('an alarm of GB/T 28181', () => {
  it('is read as the standard’s own example has it, with coordinates and a time that is Beijing’s', () => {
    const sample =
      '<?xml version="1.0"?>\n<Notify>\n<CmdType>Alarm</CmdType>\n<SN>1</SN>\n<DeviceID>64010000001340000001</DeviceID>\n' +
      '<AlarmPriority>4</AlarmPriority>\n<AlarmMethod>2</AlarmMethod>\n<AlarmTime>2009-12-04T16:23:32</AlarmTime>\n' +
      '<AlarmDescription>…</AlarmDescription>\n<Longitude>171.3</Longitude>\n<Latitude>34.2</Latitude>\n</Notify>\n'
    expect(fieldsOf(sample)).toMatchObject({
      device: '64010000001340000001',
      command: 'Alarm',
      sn: '1',
      priority: '4',
      method: '2',
      type: '',
      alarm: 'device',
      alarm_zh: '设备报警',
      alarm_en: 'Alarm of the device',
      time: '2009-12-04T16:23:32+08:00',
      description: '…',
      longitude: '171.3',
      latitude: '34.2',
    })
  })

  it('has its type beside the method or under Info, as editions differ; 13 is of 2022', () => {
    const beside = fieldsOf(alarmXml(CAMERA, 1, '<AlarmType>06</AlarmType>'))
    const edition2022 =
      '<Info><AlarmType>13</AlarmType><AlarmTypeParam><EventType>2</EventType></AlarmTypeParam></Info>'
    expect(beside).toMatchObject({ alarm: 'video.intrusion', about: 'scene' })
    expect(fieldsOf(alarmXml(CAMERA, 1, edition2022))).toMatchObject({
      alarm: 'video.covered',
      about: 'device',
      alarm_zh: '图像遮挡',
      event_type: '2',
      'Info.AlarmTypeParam.EventType': '2',
    })
  })

  it.each([
    ['GBK', gbk],
    ['UTF-8', (text: string) => Buffer.from(text)],
  ])('is read in %s, whatever its header says', (_, encode) => {
    const text = alarmXml(CAMERA, 1, '<AlarmDescription>后厨明火，目录</AlarmDescription>')
    for (const said of ['GB2312', 'UTF-8']) {
      expect(fieldsOf(encode(text.replace('GB2312', said)))).toMatchObject({ description: '后厨明火，目录' })
    }
  })

  it('is read as GBK where its few characters would be valid UTF-8 too', () => {
    const bytes = gbk(alarmXml(CAMERA, 1, '<AlarmDescription>目录</AlarmDescription>'))
    expect(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).not.toContain('目录')
    expect(fieldsOf(bytes)).toMatchObject({ description: '目录' })
  })

  it('unescapes what XML itself escapes and nothing else', () => {
    const text = alarmXml(CAMERA, 1, '<AlarmDescription>a &lt; b &amp;#20013; &#20013; &who;</AlarmDescription>')
    expect(fieldsOf(text)).toMatchObject({ description: 'a < b &#20013; 中 &who;' })
  })
})

describe('the other documents of a device', () => {
  it('a keepalive lists what is faulty', () => {
    const document = readManscdp(Buffer.from(keepaliveXml(CAMERA, 3, 'OK', ['14010500001320000002', 'broken'])))
    expect(document).toMatchObject({ command: 'Keepalive', device: CAMERA, faulty: ['14010500001320000002'] })
  })

  it('what the platform concludes of a device is read back', () => {
    const state = { device: CAMERA, online: false, healthy: false, reason: 'keepalive-missed' }
    const bytes = deviceStatusDocument({ ...state, time: '2026-11-22T12:00:00+08:00' })
    expect(fieldsOf(bytes)).toMatchObject({
      command: 'DeviceStatus',
      state: 'offline',
      reason: 'keepalive-missed',
      time: '2026-11-22T12:00:00+08:00',
    })
  })
})

describe('what is refused, with its reason and its bytes', () => {
  it.each([
    [
      'an entity of its own',
      '<!DOCTYPE a [<!ENTITY x "y">]><Notify><CmdType>&x;</CmdType></Notify>',
      'forbidden-doctype',
    ],
    ['an external document type', '<!doctype a SYSTEM "file:///etc/passwd"><Notify/>', 'forbidden-doctype'],
    ['an entity that XML does not know', '<Notify><CmdType><![CDATA[a]]>&x;</CmdType></Notify>', 'unreadable-line'],
    ['a tag that is not closed', '<Notify><CmdType>Alarm', 'unreadable-line'],
    ['no XML at all', 'hello', 'unreadable-line'],
    ['bytes of no encoding', Buffer.from([0x3c, 0xff, 0xff, 0x80]), 'unreadable-line'],
    ['nesting without bound', `${'<a>'.repeat(60)}${'</a>'.repeat(60)}`, 'too-deep'],
    ['elements without bound', `<Notify>${'<a>1</a>'.repeat(600)}</Notify>`, 'unreadable-line'],
    ['another root', '<Envelope><CmdType>Alarm</CmdType></Envelope>', 'wrong-columns'],
    ['no command', `<Notify><DeviceID>${CAMERA}</DeviceID></Notify>`, 'wrong-columns'],
    ['no device', '<Notify><CmdType>Alarm</CmdType></Notify>', 'missing-value'],
    [
      'a device that is not 20 digits',
      '<Notify><CmdType>Alarm</CmdType><DeviceID>34</DeviceID></Notify>',
      'bad-code-shape',
    ],
    ['a body over the bound', `<Notify>${' '.repeat(70_000)}</Notify>`, 'line-too-long'],
  ])('%s', (_, text, error) => {
    const [row] = readRows(FEED, Buffer.from(text))
    expect(row).toMatchObject({ error, hint: { zh: expect.stringMatching(/\S/), en: expect.stringMatching(/\S/) } })
    expect(row?.raw.length).toBeGreaterThan(0)
  })
})
