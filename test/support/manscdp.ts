/** An alarm as cameras send it, in the order of the standard's example; `more` stands after the time. */
export function alarmXml(device: string, sn: number, more = '', time = '2026-11-22T11:58:00'): string {
  return (
    `<?xml version="1.0" encoding="GB2312"?>\r\n<Notify>\r\n<CmdType>Alarm</CmdType>\r\n<SN>${sn}</SN>\r\n` +
    `<DeviceID>${device}</DeviceID>\r\n<AlarmPriority>1</AlarmPriority>\r\n<AlarmMethod>5</AlarmMethod>\r\n` +
    `<AlarmTime>${time}</AlarmTime>\r\n${more}</Notify>\r\n`
  )
}

export function keepaliveXml(device: string, sn: number, status = 'OK', faulty: readonly string[] = []): string {
  const list = faulty.map((id) => `<DeviceID>${id}</DeviceID>`).join('')
  return (
    `<?xml version="1.0"?>\r\n<Notify>\r\n<CmdType>Keepalive</CmdType>\r\n<SN>${sn}</SN>\r\n` +
    `<DeviceID>${device}</DeviceID>\r\n<Status>${status}</Status>\r\n<Info>${list}</Info>\r\n</Notify>\r\n`
  )
}
