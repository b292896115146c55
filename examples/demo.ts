console.log("demo: nothing to show yet");
