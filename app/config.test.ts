import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

describe('certificates for the MQTT broker of the site', () => {
  it('are read where its address is one over TLS', () => {
    const { mqttTls } = readConfig({
      MQTT_URL: 'mqtts://broker',
      MQTT_CA: 'ca.pem',
      MQTT_CERT: 'c.pem',
      MQTT_KEY: 'k.pem',
    })
    expect(mqttTls).toEqual({ authority: 'ca.pem', certificate: 'c.pem', key: 'k.pem' })
  })

  it.each([
    [{ MQTT_URL: 'mqtt://broker', MQTT_CA: 'ca.pem' }, /mqtts:\/\//],
    [{ MQTT_CA: 'ca.pem' }, /mqtts:\/\//],
    [{ MQTT_URL: 'mqtts://broker', MQTT_CERT: 'c.pem' }, /MQTT_KEY/],
    [{ MQTT_URL: 'mqtts://broker', MQTT_KEY: 'k.pem' }, /MQTT_CERT/],
  ])('are refused where nothing would come of them: %j', (environment, what) => {
    expect(() => readConfig(environment)).toThrow(what)
  })
})
