import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

/**
 * Texts that come again and again in one shard (feeds, names of facts, districts, causes), each kept once and named by a
 * number from then on. A text that finds no room is written out where it stands.
 */
export interface Words {
  write(writer: ByteWriter, text: string): void
  read(reader: ByteReader): string
  /** In the order of their numbers: what a snapshot needs to read its bytes. */
  list(): readonly string[]
}

/** What comes again and again is a matter of the policy; whatever else is sent as such a text must not fill the memory. */
const MOST_WORDS = 2_000
const LONGEST_WORD = 100

export function createWords(known: readonly string[] = []): Words {
  const words = [...known]
  const numbers = new Map(words.map((word, number) => [word, number]))

  function numberOf(text: string): number | undefined {
    const found = numbers.get(text)
    if (found !== undefined || words.length >= MOST_WORDS || text.length > LONGEST_WORD) return found
    numbers.set(text, words.length)
    return words.push(text) - 1
  }

  return {
    write(writer, text) {
      const number = numberOf(text)
      if (number !== undefined) writer.number(number + 1)
      else {
        writer.number(0)
        writer.text(text)
      }
    },
    read(reader) {
      const number = reader.number()
      if (number === 0) return reader.text()
      const word = words[number - 1]
      if (word === undefined) throw new RangeError(`a state names word ${number} of ${words.length}`)
      return word
    },
    list: () => words,
  }
}
