using Bucardo.Simulation;

return Simulate.Run(args);
