/**
 * The part of the Compose Specification that docker-compose.yml uses, written from the specification's text: closed, so
 * that a misspelt key is found, and narrower than the original, which admits more forms of each.
 */
const name = '^[a-zA-Z0-9._-]+$'
const duration = { type: 'string', pattern: '^([0-9]+(us|ms|s|m|h))+$' }
const texts = { type: 'array', items: { type: 'string' }, minItems: 1 }

const healthcheck = {
  type: 'object',
  required: ['test'],
  additionalProperties: false,
  properties: {
    test: { ...texts, items: [{ enum: ['CMD', 'CMD-SHELL'] }], additionalItems: { type: 'string' }, minItems: 2 },
    interval: duration,
    timeout: duration,
    retries: { type: 'integer', minimum: 1 },
    start_period: duration,
  },
}

const dependencies = {
  type: 'object',
  additionalProperties: false,
  patternProperties: {
    [name]: {
      type: 'object',
      required: ['condition'],
      additionalProperties: false,
      properties: { condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] } },
    },
  },
}

const service = {
  type: 'object',
  required: ['image'],
  additionalProperties: false,
  properties: {
    build: { type: 'string' },
    image: { type: 'string', pattern: '^[a-z0-9._/-]+:[A-Za-z0-9._-]+$' },
    init: { type: 'boolean' },
    restart: { enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
    stop_grace_period: duration,
    command: texts,
    // Values are text: YAML's own numbers and booleans reach a container in unexpected forms.
    environment: {
      type: 'object',
      additionalProperties: false,
      patternProperties: { '^[A-Z][A-Z0-9_]*$': { type: 'string' } },
    },
    volumes: { ...texts, items: { type: 'string', pattern: '^[a-z][a-z0-9-]*:/[^:]+$' } },
    // Reachable from this machine alone until a site decides otherwise.
    ports: { ...texts, items: { type: 'string', pattern: '^127\\.0\\.0\\.1:\\d+:\\d+$' } },
    depends_on: dependencies,
    ulimits: {
      type: 'object',
      patternProperties: {
        '^[a-z]+$': {
          type: 'object',
          required: ['soft', 'hard'],
          additionalProperties: false,
          properties: { soft: { type: 'integer' }, hard: { type: 'integer' } },
        },
      },
    },
    healthcheck,
  },
}

export const COMPOSE_SCHEMA = {
  type: 'object',
  required: ['services'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: { type: 'object', additionalProperties: false, patternProperties: { [name]: service } },
    volumes: { type: 'object', additionalProperties: false, patternProperties: { [name]: { type: 'null' } } },
  },
  patternProperties: { '^x-': {} },
} as const
