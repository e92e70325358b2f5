using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Bucardo.Faults.Support;

/// <summary>What a proxy does with the connections through it.</summary>
enum ProxyMode
{
    /// <summary>Everything passes.</summary>
    Pass,

    /// <summary>Connections are reset, and new ones as soon as they are made: a firewall that rejects.</summary>
    Cut,

    /// <summary>Connections are reset, and nobody listens any more: a machine whose server is gone.</summary>
    Refuse,

    /// <summary>Nothing passes and nothing is said: connections stay open, new ones are accepted. What was sent is delivered when the hole closes, as TCP would.</summary>
    BlackHole,
}

/// <summary>A TCP proxy on the loopback interface, always on the same port, that fails as networks do. It can be switched while connections are open.</summary>
sealed class FaultProxy : IAsyncDisposable
{
    readonly string _host;
    readonly int _port;
    readonly ConcurrentDictionary<Pair, Task> _pairs = [];
    readonly CancellationTokenSource _closing = new();
    readonly Lock _lock = new();
    TcpListener? _listener;
    Task _accepting = Task.CompletedTask;
    TaskCompletionSource _open = new();

    public FaultProxy(string host, int port)
    {
        (_host, _port) = (host, port);
        Listen(0);
        _open.SetResult();
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>How long each piece of data is held back, in both directions.</summary>
    public TimeSpan Delay { get; set; }

    public ProxyMode Mode { get; private set; }

    /// <summary>Switches, for what is open and for what comes.</summary>
    public void Switch(ProxyMode mode)
    {
        lock (_lock)
        {
            if (mode == ProxyMode.BlackHole && _open.Task.IsCompleted) _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Mode = mode;
            if (mode is ProxyMode.Cut or ProxyMode.Refuse) Reset();
            if (mode != ProxyMode.BlackHole) _open.TrySetResult();
            if (mode == ProxyMode.Refuse) Close();
            else if (_listener is null) Listen(Port);
        }
    }

    /// <summary>Half-open: what is connected now hears nothing any more, for ever; new connections pass.</summary>
    public void SilenceConnections()
    {
        foreach (var pair in _pairs.Keys) pair.IsSilent = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        lock (_lock)
        {
            Close();
            Reset();
            _open.TrySetResult();
        }
        await Task.WhenAll([_accepting, .. _pairs.Values]);
        _closing.Dispose();
    }

    void Listen(int port)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(_listener);
    }

    void Close()
    {
        _listener?.Stop();
        _listener = null;
    }

    void Reset()
    {
        foreach (var pair in _pairs.Keys) pair.Reset();
    }

    async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync(_closing.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return; // closed
            }
            var pair = new Pair(client);
            lock (_lock)
            {
                if (Mode is ProxyMode.Cut or ProxyMode.Refuse || _closing.IsCancellationRequested) pair.Reset();
                else _pairs[pair] = ServeAsync(pair);
            }
        }
    }

    async Task ServeAsync(Pair pair)
    {
        await Task.Yield();
        try
        {
            await PassAsync(pair);
            await pair.Server.ConnectAsync(_host, _port, pair.Token);
            await Task.WhenAll(PumpAsync(pair, pair.Client, pair.Server), PumpAsync(pair, pair.Server, pair.Client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone: so is the other.
        }
        pair.Reset();
        _pairs.TryRemove(pair, out _);
    }

    async Task PumpAsync(Pair pair, Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, pair.Token) is > 0 and var count)
            {
                await PassAsync(pair);
                if (Delay > TimeSpan.Zero) await Task.Delay(Delay, pair.Token);
                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), pair.Token);
            }
            await PassAsync(pair);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            await PassAsync(pair);
            pair.Reset();
            throw;
        }
    }

    // Waits while nothing may pass.
    async Task PassAsync(Pair pair)
    {
        while (pair.IsSilent || !_open.Task.IsCompleted)
            await (pair.IsSilent ? Task.Delay(Timeout.Infinite, pair.Token) : _open.Task.WaitAsync(pair.Token));
    }

    sealed class Pair(Socket client)
    {
        readonly CancellationTokenSource _stop = new();

        public Socket Client { get; } = client;

        public Socket Server { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public bool IsSilent { get; set; }

        public CancellationToken Token => _stop.Token;

        // RST instead of FIN.
        public void Reset()
        {
            _stop.Cancel();
            foreach (var socket in new[] { Client, Server })
            {
                try
                {
                    socket.LingerState = new LingerOption(true, 0);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // It is gone already.
                }
                socket.Dispose();
            }
        }
    }
}
