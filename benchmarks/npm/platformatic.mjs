// Platformatic DB over the table of accounts, in PEER_PROCESSES processes that share one port.
import cluster from 'node:cluster'
import { buildServer } from '@platformatic/db'

if (cluster.isPrimary) {
  for (let number = 0; number < Number(process.env.PEER_PROCESSES); number++) cluster.fork()
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill()
    process.exit(0)
  })
} else {
  const server = await buildServer({
    server: { hostname: '127.0.0.1', port: Number(process.env.PORT), logger: { level: 'error' } },
    db: {
      connectionString: process.env.PEER_DATABASE,
      events: false,
      graphql: false,
      openapi: true,
      poolSize: 8,
      limit: { default: 25, max: Number(process.env.PEER_ROWS) },
    },
    watch: false,
  })
  await server.start({})
}
