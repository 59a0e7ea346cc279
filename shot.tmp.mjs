import { chromium } from 'playwright-core'
const [,, url, out, w='1920', h='1080', wait='4000'] = process.argv
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--disable-gpu','--disable-background-networking','--disable-quic','--no-first-run','--disable-component-update','--disable-sync'] })
const p = await b.newPage({ viewport: { width: +w, height: +h } })
p.on('console', m => console.log('console', m.text())); p.on('pageerror', e => console.log('pageerror', e.message))
await p.goto(url); await p.waitForTimeout(+wait); await p.screenshot({ path: out }); 
console.log((await p.innerText('body')).slice(0, 400).replace(/\n/g,' | '))
await b.close()
