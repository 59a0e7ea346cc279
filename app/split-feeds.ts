import { Refusal } from '../core/errors.ts'

export interface FeedFiles {
  readonly feed: string
  readonly files: readonly string[]
}

/** `--feed NAME FILE… --feed NAME FILE…` as typed: each name with the words up to the next option. */
export function splitFeeds(words: readonly string[]): FeedFiles[] {
  const feeds: { feed: string; files: string[] }[] = []
  let current: { feed: string; files: string[] } | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--feed') {
      at += 1
      current = { feed: words[at] ?? '', files: [] }
      feeds.push(current)
    } else if (word.startsWith('-')) current = undefined
    else current?.files.push(word)
  }
  for (const { feed, files } of feeds) {
    if (feed === '' || feed.startsWith('-'))
      throw new Refusal({ zh: '--feed 后须写数据源及其文件', en: '--feed wants the name of a feed and its files.' })
    if (files.length === 0) throw new Refusal({ zh: `--feed ${feed} 没有写文件`, en: `--feed ${feed} names no file.` })
  }
  return feeds
}
