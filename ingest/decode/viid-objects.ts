/** What was dropped at the edge, by what it would have been about; none of it is stored, logged or sealed. */
export interface ViidDropped {
  readonly faces: number
  readonly persons: number
  readonly images: number
  readonly others: number
}

/** Kinds of VIID objects that tell of things and devices, by the name of their list without its ending. GA/T 1400.3. */
const KEPT_KINDS: Readonly<Record<string, string>> = {
  MotorVehicle: 'motor-vehicle',
  NonMotorVehicle: 'non-motor-vehicle',
  Thing: 'thing',
  Scene: 'scene',
  Lane: 'lane',
  Tollgate: 'tollgate',
  Device: 'device',
  APE: 'device',
  DeviceStatus: 'device-status',
  APEStatus: 'device-status',
  APS: 'system',
  APSStatus: 'system-status',
}

/**
 * What is kept of an object. An allow-list: GA/T 1400.3 has hundreds of fields, among them titles that name a person,
 * addresses of pictures and passwords of cameras, and vendors add their own.
 */
const KEPT_FIELDS: ReadonlySet<string> = new Set([
  ...['NotificationID', 'SubscribeID', 'TriggerTime'],
  ...['DeviceID', 'ApeID', 'ApsID', 'TollgateID', 'SourceID', 'InfoKind', 'Name', 'Model'],
  ...['PassTime', 'MarkTime', 'AppearTime', 'DisappearTime', 'BeginTime', 'LocationMarkTime', 'CurrentTime'],
  ...['MotorVehicleID', 'NonMotorVehicleID', 'ThingID', 'SceneID', 'LaneId', 'LaneNo', 'Direction', 'Speed'],
  ...['HasPlate', 'PlateClass', 'PlateColor', 'PlateNo', 'VehicleClass', 'VehicleBrand', 'VehicleColor'],
  ...['VehicleLength', 'UsingPropertiesCode', 'DrivingStatusCode', 'MaxSpeed', 'CityPass', 'Desc', 'Status'],
  ...['Shape', 'Color', 'Size', 'Material', 'Characteristic', 'Property', 'PlaceType', 'WeatherType'],
  ...['IsOnline', 'Longitude', 'Latitude', 'PlaceCode', 'Place', 'OrgCode', 'TollgateCat', 'LaneNum'],
])
/** No field that is kept is longer in the standard; a picture in base64 under a harmless name is. */
const MOST_TEXT = 1_024

/** Our word for a list's kind; `undefined` where nothing of the list is kept. */
export function keptKind(list: string): string | undefined {
  const kind = kindOf(list)
  return Object.hasOwn(KEPT_KINDS, kind) ? KEPT_KINDS[kind] : undefined
}

/** What a list that is not kept counts as. */
export function personalKind(list: string): keyof ViidDropped {
  const kind = kindOf(list)
  if (/face/i.test(kind)) return 'faces'
  if (/person/i.test(kind)) return 'persons'
  return /image|video|file|picture/i.test(kind) ? 'images' : 'others'
}

/** The texts of an object that are kept, and how many pictures went. */
export function keptFields(object: Readonly<Record<string, unknown>>): {
  readonly fields: Readonly<Record<string, string>>
  readonly images: number
} {
  const fields: Record<string, string> = {}
  let images = 0
  for (const [name, value] of Object.entries(object)) {
    const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    if (isScalar && KEPT_FIELDS.has(name) && String(value).length <= MOST_TEXT) fields[name] = String(value)
    else if (/image/i.test(name) && value !== null && value !== '') images += picturesIn(value)
  }
  return { fields, images }
}

function picturesIn(value: unknown): number {
  if (Array.isArray(value)) return Math.max(1, value.length)
  if (typeof value !== 'object' || value === null) return 1
  const [inner] = Object.values(value)
  return Array.isArray(inner) ? Math.max(1, inner.length) : 1
}

function kindOf(list: string): string {
  return list.replace(/(?:Object)?List(?:Object)?$/, '')
}
