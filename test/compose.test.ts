import { existsSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ENVIRONMENT, readConfig } from '../app/config.ts'
import { COMPOSE_SCHEMA } from './support/compose-schema.ts'

interface Service {
  readonly build?: string
  readonly image: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, unknown>>
  readonly healthcheck?: { readonly test: readonly string[] }
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, null>>
}

const root = new URL('../', import.meta.url)
const read = (): Compose => parse(readFileSync(new URL('docker-compose.yml', root), 'utf8'), { merge: true })
const compose = read()
const check = new Ajv({ allErrors: true, strictTuples: false }).compile(COMPOSE_SCHEMA)
const ours = Object.entries(compose.services).filter(([, service]) => service.build !== undefined)
/** As compose fills them in, with what a site puts into `.env`. */
const filled = (text: string): string =>
  text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, __, how, rest) => (how === '-' ? rest : 'secret'))

describe('docker-compose.yml', () => {
  it('keeps to the Compose Specification', () => {
    check(compose)
    expect(check.errors ?? []).toEqual([])
  })

  it('would be caught with a misspelt key, an unpinned image or a service that hangs in the air', () => {
    const changed = (service: object): boolean =>
      check({ ...compose, services: { ...compose.services, extra: { image: 'fengsui:0.1.0', ...service } } })
    expect(changed({})).toBe(true)
    expect(changed({ helthcheck: {} })).toBe(false)
    expect(changed({ image: 'redis' })).toBe(false)
    expect(changed({ environment: { FENGSUI_PORT: 8480 } })).toBe(false)
  })

  it('runs each role as a service of its own, which starts after its stores are well', () => {
    expect(ours.map(([name]) => name).sort()).toEqual(['alert', 'board', 'ingest', 'inspect', 'process'])
    for (const [name, service] of ours) {
      expect(service.command).toContain(name)
      expect(Object.keys(service.depends_on ?? {})).toEqual(
        expect.arrayContaining(['kafka', 'clickhouse', 'log-redis', 'present-redis']),
      )
    }
  })

  it('asks every service, ours and others, how it is', () => {
    for (const [name, { healthcheck }] of Object.entries(compose.services)) {
      expect(healthcheck?.test.length, name).toBeGreaterThan(1)
    }
    for (const [name, { healthcheck }] of ours) expect(healthcheck?.test.at(-1)).toBe(name)
  })

  it('names services and volumes that exist, and leaves no volume unused', () => {
    const used = new Set<string>()
    for (const { depends_on = {}, volumes = [] } of Object.values(compose.services)) {
      for (const other of Object.keys(depends_on)) expect(compose.services).toHaveProperty([other])
      for (const volume of volumes) used.add(volume.split(':')[0] ?? '')
    }
    expect([...used].sort()).toEqual(Object.keys(compose.volumes).sort())
  })

  it('sets only variables that a role reads, to values that it accepts', () => {
    for (const [name, { environment = {} }] of ours) {
      for (const variable of Object.keys(environment)) expect(ENVIRONMENT, name).toHaveProperty([variable])
      const config = readConfig(
        Object.fromEntries(Object.entries(environment).map(([key, text]) => [key, filled(text)])),
      )
      expect(config).toMatchObject({
        log: 'kafka',
        kafkaBrokers: ['kafka:9092'],
        clickhouseUrl: 'http://clickhouse:8123',
        clickhousePassword: 'secret',
        logRedisUrl: 'redis://log-redis:6379',
        presentRedisUrl: 'redis://present-redis:6379',
      })
    }
  })

  it('holds no secret: passwords come from the site', () => {
    const text = readFileSync(new URL('docker-compose.yml', root), 'utf8')
    for (const line of text.split('\n').filter((one) => /PASSWORD:/.test(one))) expect(line).toContain('${')
  })
})

describe('the Dockerfile', () => {
  it('copies only what the build has or makes', () => {
    const text = readFileSync(new URL('Dockerfile', root), 'utf8')
    const copied = [...text.matchAll(/^COPY --from=build \S+ \/app\/(\S+) /gm)].map(([, path]) => path ?? '')
    expect(copied.length).toBeGreaterThan(4)
    const made = ['dist', 'node_modules', 'bin']
    for (const path of copied) expect(made.includes(path) || existsSync(new URL(path, root)), path).toBe(true)
  })
})
