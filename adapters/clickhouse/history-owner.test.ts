import { Readable } from 'node:stream'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestHistory, withHistory } from '../../test/support/embedded.ts'

describe('the history owner, spoken to by the ordinary client', () => {
  let subject: TestHistory
  let client: ClickHouseClient
  beforeAll(async () => {
    subject = await withHistory()
    client = createClient({
      ...subject.connection,
      compression: { request: true, response: true },
      log: { level: ClickHouseLogLevel.OFF },
    })
    await client.command({
      query: 'CREATE TABLE IF NOT EXISTS plain (a Int64, b String) ENGINE = MergeTree ORDER BY a',
    })
  }, 60_000)
  afterAll(async () => {
    await client.close()
    await subject.stop()
  }, 60_000)

  it('is pinged, with and without a statement', async () => {
    await expect(client.ping()).resolves.toEqual({ success: true })
    await expect(client.ping({ select: true })).resolves.toEqual({ success: true })
  })

  it('runs an engine that merges seldom', async () => {
    const query = "SELECT value FROM system.merge_tree_settings WHERE name = 'merge_selector_base' AND changed"
    expect(await (await client.query({ query, format: 'JSONEachRow' })).json()).toEqual([{ value: '10' }])
  })

  it('refuses a wrong password, on every path', async () => {
    const stranger = createClient({
      ...subject.connection,
      password: 'guessed',
      log: { level: ClickHouseLogLevel.OFF },
    })
    await expect(stranger.query({ query: 'SELECT 1' })).rejects.toMatchObject({
      code: '516',
      type: 'AUTHENTICATION_FAILED',
    })
    await expect(stranger.ping()).resolves.toMatchObject({ success: false })
    await stranger.close()
    const nobody = await fetch(subject.connection.url, { method: 'POST', body: 'SELECT 1' })
    expect(nobody.status).toBe(401)
  })

  it('takes inserts of rows, of named columns, of other text formats and as a whole statement', async () => {
    await client.insert({ table: 'plain', values: [{ a: 1, b: "x'1" }], format: 'JSONEachRow' })
    await client.insert({ table: 'plain', values: [{ b: '2', a: 2 }], format: 'JSONEachRow', columns: ['b', 'a'] })
    await client.insert({ table: 'fengsui.plain', values: [[3, '三']], format: 'JSONCompactEachRow' })
    await client.command({ query: `INSERT INTO plain VALUES (4, 'iv')` })
    await client.command({ query: `INSERT INTO plain SELECT a + 1, b FROM plain WHERE a = 4` })
    const rows = await client.query({ query: 'SELECT a, b FROM plain ORDER BY a', format: 'JSONCompactEachRow' })
    expect(await rows.json()).toEqual([
      [1, "x'1"],
      [2, '2'],
      [3, '三'],
      [4, 'iv'],
      [5, 'iv'],
    ])
  })

  it('answers in the format that is asked for, and says how many rows it wrote', async () => {
    const done = await client.insert({
      table: 'plain',
      values: [
        { a: 90, b: '' },
        { a: 91, b: '' },
      ],
      format: 'JSONEachRow',
    })
    expect(done.summary).toMatchObject({ written_rows: '2' })
    const csv = await client.query({ query: 'SELECT a FROM plain WHERE a >= 90 ORDER BY a', format: 'CSV' })
    expect(await csv.text()).toBe('90\n91\n')
  })

  it('applies settings to the one statement that brought them', async () => {
    const query = 'SELECT number FROM numbers(5)'
    await expect(
      client.query({ query, clickhouse_settings: { max_result_rows: '3', result_overflow_mode: 'throw' } }),
    ).rejects.toMatchObject({ code: '396' })
    const after = await client.query({ query, format: 'JSONEachRow' })
    expect(await after.json()).toHaveLength(5)
  })

  it('cuts a read that takes longer than it may', async () => {
    const query = 'SELECT sleepEachRow(0.5) FROM numbers(20) SETTINGS max_block_size = 1'
    await expect(client.query({ query, clickhouse_settings: { max_execution_time: 1 } })).rejects.toMatchObject({
      code: '159',
    })
  })

  it('lets no read write', async () => {
    await expect(client.command({ query: 'SELECT 1; DROP TABLE plain' })).rejects.toMatchObject({ code: '164' })
  })

  it('refuses what it would corrupt or forget, by name', async () => {
    const binary = client.exec({
      query: 'INSERT INTO plain FORMAT RowBinary',
      values: Readable.from([Buffer.from([0xff, 0x00])]),
    })
    await expect(binary).rejects.toMatchObject({ code: '48' })
    await expect(client.query({ query: 'SELECT 1', session_id: 's' })).rejects.toMatchObject({ code: '48' })
    await expect(client.command({ query: ' ' })).rejects.toMatchObject({ code: '62' })
  })

  it('gives an exception its code in the header too', async () => {
    const { url, username, password } = subject.connection
    const answer = await fetch(`${url}/?query=${encodeURIComponent('SELECT * FROM nowhere')}`, {
      headers: { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password },
    })
    expect(answer.status).toBe(404)
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe('60')
    expect(await answer.text()).toMatch(/^Code: 60\. DB::Exception: /)
  })
})
