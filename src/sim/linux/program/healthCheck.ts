import type { Listener, Program } from '../../../datamodel/network/listener.ts';
import type { Kernel, Socket } from '../kernel.ts';
import { TcpListener } from '../socket/tcp/listener.ts';
import { HttpMessage, httpAnswer } from './http.ts';
import { THINKING_TIME } from './pace.ts';

/** kube-proxy's health check of one Service, for load balancers (pkg/proxy/healthcheck/service_health.go). */
export function healthSocket(
  kernel: Kernel,
  listener: Listener,
  { service, localEndpoints }: Extract<Program, { readonly type: 'health' }>,
): Socket {
  const [namespace, name] = service.split('/');
  const body = JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true });
  const answer = httpAnswer(body, localEndpoints > 0 ? '200 OK' : '503 Service Unavailable');
  return new TcpListener(kernel, listener, `health check of ${service}`, (socket) => {
    const request = new HttpMessage();
    let answered = false;
    return {
      connected() {},
      data(bytes) {
        request.add(bytes);
        if (answered || !request.complete) return;
        answered = true;
        kernel.world.queue.schedule(THINKING_TIME, () => socket.send(answer, 'HTTP response'));
      },
      ended: () => {
        kernel.world.queue.schedule(THINKING_TIME, () => socket.close());
      },
      failed() {},
    };
  });
}
