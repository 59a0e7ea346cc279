import { presentContract } from '../../test/contracts/present.contract.ts'
import { createMemoryPresent } from './present.ts'

presentContract('memory', async () => {
  const present = createMemoryPresent()
  return { present, other: present, stop: () => present.close() }
})
