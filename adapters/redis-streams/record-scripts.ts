/**
 * All records of a feed lie in one hash: its field is the record (8 bytes) with its head, or record and content (16 bytes)
 * with nothing, for a content that is not the newest. A batch is one HMGET and one HSET, which cost Redis a third of what
 * a call for each record does; a record takes about 110 bytes.
 */
export function recordsKey(realm: string, feed: string): string {
  return `fs:${realm}:index:${feed}`
}

/** Lua hands over at most some 8,000 values at once. */
const MOST_FIELDS = 4_000

/** Records that one look-up may name; it holds Redis up for about 5 ms. */
export const KEYS_A_CALL = MOST_FIELDS

/**
 * ARGV: the hash, and 16 bytes a key, record then content. Answers only what was found, each behind its place among the
 * keys: nearly all records are new.
 */
export const LOOK_UP = `local keys, records, found = ARGV[2], {}, {}
for at = 1, #keys, 16 do records[#records + 1] = keys:sub(at, at + 7) end
local heads = redis.call('HMGET', ARGV[1], unpack(records))
for i = 1, #heads do
  local head = heads[i]
  if head then
    local content = keys:sub(i * 16 - 7, i * 16)
    if head:sub(1, 8) == content or redis.call('HEXISTS', ARGV[1], records[i] .. content) == 1 then head = '=' end
    found[#found + 1] = i - 1
    found[#found + 1] = head
  end
end
return found`

/** ARGV: the hash, and marks as `packMarks` packs them. */
export const REMEMBER = `local marks, at, values, count = ARGV[2], 1, {}, 0
while at <= #marks do
  local length = marks:byte(at + 8) * 256 + marks:byte(at + 9)
  if length > 0 then
    values[count + 1] = marks:sub(at, at + 7)
    values[count + 2] = marks:sub(at + 10, at + 9 + length)
    at = at + 10 + length
  else
    values[count + 1] = marks:sub(at, at + 7) .. marks:sub(at + 10, at + 17)
    values[count + 2] = ''
    at = at + 18
  end
  count = count + 2
  if count >= ${MOST_FIELDS} then
    redis.call('HSET', ARGV[1], unpack(values))
    values, count = {}, 0
  end
end
if count > 0 then redis.call('HSET', ARGV[1], unpack(values)) end`

/** Before, records lay in 2^15 small hashes a feed, numbered behind its key. */
export const BUCKETS = 'fs:*:index:*:*'

/** ARGV: small hashes, of which each goes to the hash whose key it has before its number: all of them in one sync. */
export const TAKE_OVER = `for i = 1, #ARGV do
  local all = redis.call('HGETALL', ARGV[i])
  local records = ARGV[i]:match('^(.*):')
  for from = 1, #all, ${MOST_FIELDS} do
    redis.call('HSET', records, unpack(all, from, math.min(from + ${MOST_FIELDS - 1}, #all)))
  end
  redis.call('DEL', ARGV[i])
end`
