import type { Bilingual } from './bilingual.ts'
import type { ObservationKind, Trust } from './observation.ts'

/** 人民币 units in which sources write amounts; all become fen, the smallest. */
export const MONEY_UNITS = ['分', '角', '元', '千元', '万元', '百万元', '亿元'] as const
export type MoneyUnit = (typeof MONEY_UNITS)[number]

/**
 * Where a value of a row comes from, and what is made of it. Exactly one of `column`, `columns`, `first`, `join`,
 * `constant`, `source` is given; then, in this order: `halfWidth`, `noSpaces`, `upper`, `extract`, `table`, `otherwise`,
 * and last `date`, or `times` or `unit`. Text is always trimmed. See docs/mapping.md.
 */
export interface Take {
  readonly column?: string
  /** Joined by `|`, empty ones too: for dates whose parts stand in columns of their own. */
  readonly columns?: readonly string[]
  /** The first that is not empty: the names that a column has had, or values made otherwise. */
  readonly first?: readonly (string | Take)[]
  /** Those that are not empty, with `separator` between them. */
  readonly join?: readonly (string | Take)[]
  readonly separator?: string
  readonly constant?: string
  /** `name`: the file's name without its ending. */
  readonly source?: 'name'
  /** Full-width letters, digits and signs become ASCII. */
  readonly halfWidth?: boolean
  /** All white space goes, inside too. */
  readonly noSpaces?: boolean
  readonly upper?: boolean
  /** A regular expression: its first group, else all that it matches; empty where it does not match. */
  readonly extract?: string
  /** A code table. In the file of a feed it may be the name of one of the set's `tables/`. */
  readonly table?: Readonly<Record<string, string>>
  readonly otherwise?: string
  /** A text that the table does not hold rejects the row, instead of passing as it is. */
  readonly strict?: boolean
  /**
   * Reads text as an instant: a pattern of yyyy MM dd HH mm ss SSS, or `epoch-ms`, `epoch-s`, `iso`, `excel`, `common`;
   * of several the first that fits. A fact holds epoch ms as text.
   */
  readonly date?: string | readonly string[]
  /** A date without a time of day stands for the end of its day: for what is due or valid until then. */
  readonly dayEnd?: boolean
  /** Multiplies a number, exactly. */
  readonly times?: number
  /** The unit of an amount of money: becomes whole fen. A unit written behind the number goes before it. */
  readonly unit?: MoneyUnit
  /** Replaced by a keyed token before the log. */
  readonly personal?: boolean
}

/** A condition on one column, or on the first of several that is not empty; all that it names must hold. */
export interface ColumnWhen {
  readonly column?: string
  readonly first?: readonly string[]
  readonly in?: readonly string[]
  readonly notIn?: readonly string[]
  readonly matches?: string
  readonly present?: boolean
  readonly above?: number
  readonly below?: number
}

export type When =
  | ColumnWhen
  | { readonly all: readonly When[] }
  | { readonly any: readonly When[] }
  | { readonly not: When }

export interface SubjectPolicy {
  readonly kind: 'enterprise' | 'place' | 'device'
  /** `uscc` runs the check digits; any other scheme takes the text as it is. */
  readonly scheme: string
  readonly id?: Take
  /** Where the id is empty, the first of these that is not: other numbers of the same subject. */
  readonly otherwise?: readonly OtherNumber[]
  /** By which candidates are proposed where no number leads to an enterprise. */
  readonly name?: Take
  /**
   * Where both are given and readable, an enterprise's observations carry their square as fact `place`
   * (`place:3754:-7924`), and a row whose id is empty is about that place instead.
   */
  readonly latitude?: Take
  readonly longitude?: Take
  /** What would be about a place is about the enterprises that are bound to it, and waits where there are none. */
  readonly resolved?: boolean
}

/**
 * Another number of a subject. The register says which enterprise it belongs to: its registrations carry it as fact
 * `number:{scheme}`. With the scheme `person` it is the token of a natural person, who is a subject of its own.
 */
export interface OtherNumber {
  readonly scheme: string
  readonly id: Take
}

export interface ObservationPolicy {
  readonly part: string
  readonly kind: ObservationKind
  /** Instead of the feed's: what an enterprise says of itself is `reported` until an authority has verified it. */
  readonly trust?: Trust
  /** All must hold; a row none of whose observations applies is rejected. */
  readonly when?: readonly When[]
  readonly cause?: Take
  readonly occurred?: Take
  readonly decided?: Take
  readonly published?: Take
  readonly known: Take
  /** Absent or unreadable (NA) is kept as missing, which is a state of its own, where `missing` names the texts. */
  readonly value?: Take
  readonly missing?: readonly string[]
  readonly unit?: string
  readonly facts?: Readonly<Record<string, Take>>
}

/** How a feed's bytes are laid out: texts with rows, and the frames and messages of devices. */
export const FEED_FORMATS = [
  'csv',
  'ndjson',
  'json',
  'hj212',
  'gb26875',
  'gbt28181',
  'gat1400',
  'sparkplug',
  'xml',
  'xlsx',
] as const
export type FeedFormat = (typeof FEED_FORMATS)[number]

export type FeedEncoding = 'utf-8' | 'gb18030' | 'auto'

interface SourceBase {
  /** How often it is looked at; a minute by default. */
  readonly everySeconds?: number
  /** Names what it proves itself with: a file `keys/sources/{secret}` of the data folder. */
  readonly secret?: string
}

/** Where files of a feed lie. What lets somebody in is never in the policy: see `secret`. */
export type SourcePolicy = SourceBase &
  (
    | {
        readonly kind: 'folder'
        /** A share that is mounted here; its files are moved to `done` and `failed` in it. */
        readonly path: string
      }
    | {
        readonly kind: 'http'
        readonly url: string
        /** Name of the query parameter that says from where on; sent as soon as an answer has said it. */
        readonly cursorParameter?: string
        /** Name of the answer's header that says it; without one a `Link` with `rel="next"` is followed. */
        readonly cursorHeader?: string
      }
    | {
        readonly kind: 's3'
        readonly endpoint: string
        readonly region: string
        readonly bucket: string
        readonly prefix?: string
      }
    | {
        readonly kind: 'sftp'
        readonly host: string
        readonly port?: number
        readonly user: string
        readonly folder: string
        /** SHA-256 of the server's key, base64, as `ssh-keygen -lf` prints it after `SHA256:`. */
        readonly hostKey: string
      }
  )

export interface FeedPolicy {
  readonly feed: string
  readonly name: Bilingual
  readonly format: FeedFormat
  /** `utf-8` by default, for XML `auto`: by byte order mark and XML declaration, else by what the first 64 KiB are. */
  readonly encoding?: FeedEncoding
  /** XML: the element that is one record, without its prefix; `fields` by default. */
  readonly recordElement?: string
  /** Excel: the sheet's name; the first by default. */
  readonly sheet?: string
  /** Where its files are fetched from; files that are dropped into its folder are taken in all cases. */
  readonly source?: SourcePolicy
  readonly authority: Take
  readonly trust: Trust
  /** Expected rhythm: with nothing for `lateAfterMinutes` the feed is late. */
  readonly lateAfterMinutes: number
  /** The rhythm runs on working days of the realm's calendar alone: nobody is late on a holiday. */
  readonly workingDays?: boolean
  readonly required: readonly string[]
  /** Columns of which at least one must be there, group by group: the names that a column has had. */
  readonly oneOf?: readonly (readonly string[])[]
  /** Columns, or values made of them, that name a record; empty where content and place alone tell rows apart. */
  readonly key: readonly (string | Take)[]
  /** Columns that say how a record was sent, not what it says: under another of these the same is still the same. */
  readonly envelope?: readonly string[]
  /** Orders versions of one record; the time it became known where absent. */
  readonly version?: Take
  readonly subject: SubjectPolicy
  readonly district?: Take
  readonly industry?: Take
  readonly observations: readonly ObservationPolicy[]
}
