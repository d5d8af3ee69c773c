import { EventEmitter } from 'node:events';
import { GoneSignal } from './gone-signal.js';

function connection() {
  const socket = Object.assign(new EventEmitter(), { destroyed: false, writableFinished: false });
  const close = (finished: boolean): void => {
    Object.assign(socket, { destroyed: true, writableFinished: finished });
    socket.emit('close');
  };
  return { socket, close, signal: new GoneSignal(socket) };
}

describe('GoneSignal', () => {
  it('tells everybody who listens, once, when the connection closes before the answer is out', () => {
    const { signal, close, socket } = connection();
    const heard: string[] = [];
    signal.addEventListener('abort', () => heard.push('first'));
    signal.addEventListener('abort', () => heard.push('second'));
    expect(signal.aborted).toBe(false);
    close(false);
    socket.emit('close');
    expect(signal.aborted).toBe(true);
    expect(heard).toEqual(['first', 'second']);
  });

  it('is silent when the answer is out, and for who has stopped to listen', () => {
    const { signal, close } = connection();
    const heard = () => {
      throw new Error('was told');
    };
    signal.addEventListener('abort', heard);
    close(true);
    expect(signal.aborted).toBe(false);
    const other = connection();
    other.signal.addEventListener('abort', heard);
    other.signal.removeEventListener('abort', heard);
    other.close(false);
    expect(other.signal.aborted).toBe(true);
  });

  it('leaves nothing on a connection that serves the next request', () => {
    const { signal, socket } = connection();
    const listener = () => undefined;
    signal.addEventListener('abort', listener);
    signal.removeEventListener('abort', listener);
    expect(socket.listenerCount('close')).toBe(0);
  });
});
