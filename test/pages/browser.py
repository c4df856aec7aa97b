"""A headless Chromium, spoken to in the DevTools protocol over a pipe.

Needs nothing but the browser: messages are JSON, ended by a zero byte, on the
file descriptors 3 and 4 of the process.
"""
import base64
import json
import os
import shutil
import subprocess
import tempfile


class Browser:
    """One page of a browser of its own; use it in a with statement."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix='hccraf-browser.')
        to_browser, self.writer = os.pipe()
        self.reader, from_browser = os.pipe()
        program = os.environ.get('CHROMIUM') or shutil.which('chromium')
        if not program:
            raise SystemExit('no chromium: script/install-dependencies test')

        # the browser reads 3 and writes 4, whatever the numbers are here
        def descriptors():
            low = os.dup2(os.dup(to_browser), 100), os.dup2(os.dup(from_browser), 101)
            os.dup2(low[0], 3)
            os.dup2(low[1], 4)

        self.process = subprocess.Popen(
            [program, '--headless=new', '--remote-debugging-pipe', '--no-sandbox',
             '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
             '--disable-background-networking', '--disable-component-update',
             '--hide-scrollbars', '--user-data-dir=' + self.profile, 'about:blank'],
            close_fds=False, preexec_fn=descriptors,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.input = os.fdopen(self.reader, 'rb')
        self.number = 0
        self.session = None
        self.events = []
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target,
                                 flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network', 'DOM', 'Accessibility'):
            self.call(domain + '.enable')

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()
        os.close(self.writer)
        self.input.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self):
        """The next message; the browser sends them whole."""
        message = bytearray()
        while not message.endswith(b'\0'):
            byte = self.input.read(1)
            if not byte:
                raise SystemExit('the browser has ended')
            message += byte
        return json.loads(message[:-1])

    def call(self, method, **parameters):
        """Calls a method and waits for its result; events are kept."""
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.writer, json.dumps(message).encode() + b'\0')
        while True:
            answer = self.receive()
            if answer.get('id') == self.number:
                if 'error' in answer:
                    raise RuntimeError('%s: %s' % (method, answer['error']))
                return answer['result']
            self.events.append(answer)

    def wait(self, method):
        """Waits for an event."""
        while not any(e.get('method') == method for e in self.events):
            self.events.append(self.receive())

    def show(self, path, width=1440, dark=False, paper=False):
        """Opens a file as a window of a width shows it, or paper does."""
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=900,
                  deviceScaleFactor=1, mobile=width < 600)
        self.call('Emulation.setEmulatedMedia', media='print' if paper else 'screen',
                  features=[{'name': 'prefers-color-scheme',
                             'value': 'dark' if dark else 'light'}])
        self.events = []
        self.call('Page.navigate', url='file://' + os.path.abspath(path))
        self.wait('Page.loadEventFired')

    def evaluate(self, expression):
        """The value of an expression in the page."""
        result = self.call('Runtime.evaluate', expression=expression, returnByValue=True)
        if 'exceptionDetails' in result:
            raise RuntimeError(result['exceptionDetails'])
        return result['result'].get('value')

    def screenshot(self, path):
        """The whole page as a picture."""
        size = self.call('Page.getLayoutMetrics')['cssContentSize']
        clip = dict(x=0, y=0, width=size['width'], height=size['height'], scale=1)
        picture = self.call('Page.captureScreenshot', clip=clip, captureBeyondViewport=True)
        with open(path, 'wb') as file:
            file.write(base64.b64decode(picture['data']))

    def print(self, path):
        """The page as a PDF of A4, as its own @page says."""
        document = self.call('Page.printToPDF', preferCSSPageSize=True, printBackground=True)
        with open(path, 'wb') as file:
            file.write(base64.b64decode(document['data']))
