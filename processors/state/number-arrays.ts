type NumberArray = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

/** The array itself where it has a place of this number, else a copy that has: half as large again. */
export function withPlace<Numbers extends NumberArray>(array: Numbers, number: number): Numbers
export function withPlace(array: NumberArray, number: number): NumberArray {
  if (number < array.length) return array
  const length = Math.max(FIRST, number + 1, Math.ceil(array.length * 1.5))
  if (array instanceof Float64Array) return copied(new Float64Array(length), array)
  return array instanceof Uint32Array ? copied(new Uint32Array(length), array) : copied(new Uint8Array(length), array)
}

const FIRST = 64

function copied<Numbers extends NumberArray>(larger: Numbers, from: ArrayLike<number>): Numbers {
  larger.set(from)
  return larger
}
